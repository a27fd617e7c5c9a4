/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of the large blocks that live. fil_largeblocks_add and fil_largeblocks_remove are
 * its entries for each, and fil_largeblocks_look looks at their pages. */
#include "largeblocks.h"

#include "../base/spinlock.h"
#include "../platform/os.h"
#include "blackbox.h"

#define FIRST_CAPACITY 128u /* entries: a page */

static struct {
    struct fil_spinlock lock;
    struct fil_largeblock *list; /* by address; guarded by the lock, as both below */
    size_t count, capacity;      /* entries */
} large = {.lock = FIL_SPINLOCK(FIL_LOCK_LARGEBLOCKS)};

/* The first entry that begins at `start` or behind it. */
static size_t first_from_locked(uintptr_t start) {
    fil_spinlock_assert_held(&large.lock);
    size_t low = 0, high = large.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (large.list[middle].start < start) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool make_room_locked(void) {
    fil_spinlock_assert_held(&large.lock);
    if (large.count < large.capacity) return true;
    size_t capacity = large.capacity ? large.capacity * 2 : FIRST_CAPACITY;
    struct fil_largeblock *grown =
        fil_blackbox_grow(FIL_PIECE_LARGEBLOCKS, 0, large.list, large.capacity * sizeof *large.list,
                          capacity * sizeof *large.list);
    /* Without memory the block isn't listed: a reader of the black box takes it for touched. */
    if (!grown) return false;
    large.list = grown;
    large.capacity = capacity;
    return true;
}

void fil_largeblocks_add(uintptr_t start, struct fil_block block) {
    fil_spinlock_lock(&large.lock);
    if (make_room_locked()) {
        size_t at = first_from_locked(start);
        for (size_t i = large.count++; i > at; i--) large.list[i] = large.list[i - 1];
        large.list[at] = (struct fil_largeblock){start, block, FIL_NOT_LOOKED_AT};
    }
    fil_spinlock_unlock(&large.lock);
}

void fil_largeblocks_remove(uintptr_t start) {
    fil_spinlock_lock(&large.lock);
    size_t at = first_from_locked(start);
    if (at < large.count && large.list[at].start == start) {
        large.count--;
        for (size_t i = at; i < large.count; i++) large.list[i] = large.list[i + 1];
        /* The reader finds the list's end by it, and finds it also when the process dies in
         * between. */
        large.list[large.count] = (struct fil_largeblock){0, {0, 0, 0}, 0};
    }
    fil_spinlock_unlock(&large.lock);
}

/* Finds the first block from `start` on that is to be looked at. */
static bool find_next(uintptr_t start, bool all, struct fil_largeblock *found) {
    fil_spinlock_lock(&large.lock);
    size_t at = first_from_locked(start);
    while (at < large.count && ((!all && large.list[at].untouched == 0) ||
                                large.list[at].block.bytes > FIL_MOST_LOOKED_AT))
        at++;
    /* A copy: the pages are read without the lock, which allocations wait for. */
    bool is_found = at < large.count;
    if (is_found) *found = large.list[at];
    fil_spinlock_unlock(&large.lock);
    return is_found;
}

/* The block may have been freed meanwhile, and another one may have its address. */
static void note(const struct fil_largeblock *seen, int64_t untouched) {
    fil_spinlock_lock(&large.lock);
    size_t at = first_from_locked(seen->start);
    struct fil_largeblock *there = at < large.count ? &large.list[at] : NULL;
    if (there && there->start == seen->start && there->block.bytes == seen->block.bytes &&
        there->block.born == seen->block.born)
        there->untouched = untouched;
    fil_spinlock_unlock(&large.lock);
}

void fil_largeblocks_look(bool all) {
    struct fil_largeblock one;
    for (uintptr_t from = 0; find_next(from, all, &one); from = one.start + 1)
        note(&one, (int64_t)fil_os_untouched_in(one.start, one.block.bytes));
}

void fil_largeblocks_visit(fil_visit_block visit, void *context) {
    for (size_t i = 0; i < large.count; i++)
        visit(large.list[i].start, large.list[i].block, context);
}

void fil_largeblocks_clear(void) {
    fil_blackbox_unmap(large.list, large.capacity * sizeof *large.list);
    large.list = NULL;
    large.count = large.capacity = 0;
}

void fil_largeblocks_after_fork(void) {
    fil_spinlock_reset(&large.lock);
}

#ifdef FIL_DEBUG
/* Checks that they are sorted, and end where they should. */
bool fil_largeblocks_is_valid(void) {
    for (size_t i = 0; i < large.count; i++) {
        const struct fil_largeblock *one = &large.list[i];
        bool is_sound = one->block.bytes >= FIL_LARGE_BLOCK &&
                        one->untouched <= (int64_t)one->block.bytes &&
                        one->untouched >= FIL_NOT_LOOKED_AT;
        if (!is_sound || (i && one->start <= one[-1].start)) return false;
    }
    return large.count <= large.capacity &&
           (large.count == large.capacity || !large.list[large.count].block.bytes);
}
#endif
