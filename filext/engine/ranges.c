/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the array of mapped ranges, and the lock of all that is known of mappings. fil_ranges_after
 * is its main entry: it finds where an address lies or would lie. */
#include "ranges.h"

#include <stdatomic.h>

#include "../platform/os.h"
#include "../record/block.h"
#include "blackbox.h"
#include "state.h"

#define FIRST_CAPACITY 128u

struct fil_spinlock fil_ranges_lock = FIL_SPINLOCK(FIL_LOCK_MAPPINGS);
static _Atomic uint32_t newest; /* serial; goes on through all recordings of the process */

static struct {
    struct fil_range *array; /* by start */
    /* Ranges, and ranges that there is room for. */
    size_t count, capacity;
    /* Numbers of ranges by their counting, and bytes of address space. Written under the lock and
     * read without it, the first at each event: whether there is anything to look at. */
    _Atomic size_t by_looking, inaccessible;
    _Atomic size_t bytes_by_looking;
} ranges;

uint32_t fil_ranges_new_serial(void) {
    return ++newest;
}

uint32_t fil_ranges_newest(void) {
    return atomic_load_explicit(&newest, memory_order_relaxed);
}

size_t fil_ranges_count(void) {
    return ranges.count;
}

struct fil_range *fil_ranges_at(size_t index) {
    return &ranges.array[index];
}

/* Relaxed: a thread that misses the first reservation looks at its next event. */
size_t fil_ranges_by_looking(void) {
    return atomic_load_explicit(&ranges.by_looking, memory_order_relaxed);
}

size_t fil_ranges_bytes_by_looking(void) {
    return atomic_load_explicit(&ranges.bytes_by_looking, memory_order_relaxed);
}

size_t fil_ranges_inaccessible(void) {
    return atomic_load_explicit(&ranges.inaccessible, memory_order_relaxed);
}

/* By halves: a program with many libraries has some thousand ranges. */
size_t fil_ranges_after(uintptr_t address) {
    size_t low = 0, high = ranges.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ranges.array[middle].end <= address) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Without memory the array stays as it is, and the range to come isn't known. */
static bool make_room(void) {
    if (ranges.count < ranges.capacity) return true;
    size_t capacity = ranges.capacity ? ranges.capacity * 2 : FIRST_CAPACITY;
    struct fil_range *grown =
        fil_blackbox_grow(FIL_PIECE_RANGES, 0, ranges.array, ranges.capacity * sizeof *grown,
                          capacity * sizeof *grown);
    if (!grown) return false;
    ranges.array = grown;
    ranges.capacity = capacity;
    return true;
}

/* Counts the range in (`change` 1) or out (-1). */
static void note(const struct fil_range *range, int change) {
    /* Plain loads and stores would do under the lock; the fields are atomic for readers without it.
     */
    if (range->counting == FIL_COUNTS_INACCESSIBLE) ranges.inaccessible += (size_t)change;
    if (!fil_range_is_looked_at(range)) return;
    /* The short way looks at the first such range when the gate has been opened again. */
    if (change > 0) fil_state_close_gate();
    ranges.by_looking += (size_t)change;
    ranges.bytes_by_looking += (size_t)change * (range->end - range->start);
}

/* Moves what lies behind. That is cheap beside the system call that made the range, and keeps the
 * look-up a plain search in one piece of memory. */
bool fil_ranges_insert(size_t at, struct fil_range range) {
    if (!make_room()) return false;
    for (size_t i = ranges.count; i > at; i--) ranges.array[i] = ranges.array[i - 1];
    ranges.array[at] = range;
    ranges.count++;
    note(&range, 1);
    return true;
}

void fil_ranges_delete(size_t at) {
    /* Counted out before it is overwritten. */
    note(&ranges.array[at], -1);
    ranges.count--;
    for (size_t i = at; i < ranges.count; i++) ranges.array[i] = ranges.array[i + 1];
    ranges.array[ranges.count] = (struct fil_range){0};
}

void fil_ranges_set_counting(size_t at, enum fil_counting counting) {
    note(&ranges.array[at], -1);
    ranges.array[at].counting = counting;
    note(&ranges.array[at], 1);
}

bool fil_ranges_split(size_t at, uintptr_t address, size_t head_counted) {
    if (ranges.array[at].untouched) ranges.array[at].untouched = FIL_NOT_LOOKED_AT;
    /* Both parts keep the mapping's serial, node and birth. */
    struct fil_range tail = ranges.array[at];
    /* The slack is at the mapping's end, so it stays with the tail; in shared memory the tail
     * begins further on. */
    tail.offset += address - tail.start;
    tail.start = address;
    tail.counted -= head_counted;
    if (!fil_ranges_insert(at + 1, tail)) return false;
    /* Counted out as it was and in as it is: the numbers above hold its length. */
    note(&ranges.array[at], -1);
    ranges.array[at].end = address;
    ranges.array[at].slack = 0;
    ranges.array[at].counted = head_counted;
    note(&ranges.array[at], 1);
    return true;
}

size_t fil_ranges_untouched(const struct fil_range *range) {
    if (range->counting != FIL_COUNTS_LENGTH || !range->counted) return 0;
    size_t untouched = fil_os_untouched_in(range->start, range->end - range->start);
    return untouched < range->counted ? untouched : range->counted;
}

void fil_ranges_look_untouched(bool all) {
    for (size_t i = 0; i < ranges.count; i++) {
        struct fil_range *range = &ranges.array[i];
        bool counts = range->counting == FIL_COUNTS_LENGTH && range->counted;
        if (counts && (all || range->untouched) && range->counted <= FIL_MOST_LOOKED_AT)
            range->untouched = (int64_t)fil_ranges_untouched(range);
    }
}

void fil_ranges_clear(void) {
    fil_blackbox_unmap(ranges.array, ranges.capacity * sizeof *ranges.array);
    ranges.array = NULL;
    ranges.count = ranges.capacity = 0;
    ranges.by_looking = ranges.inaccessible = ranges.bytes_by_looking = 0;
}

#ifdef FIL_DEBUG
static bool range_is_valid(const struct fil_range *range) {
    bool is_whole_pages =
        !((range->start | range->end) % FIL_OS_PAGE) && range->slack < FIL_OS_PAGE;
    return range->start < range->end && is_whole_pages && range->counting < FIL_COUNTINGS &&
           range->counted <= range->end - range->start;
}

/* Checks that they are sorted and disjoint, and that the numbers kept by note() are true. */
bool fil_ranges_is_valid(void) {
    size_t by_looking = 0, bytes = 0, inaccessible = 0;
    for (size_t i = 0; i < ranges.count; i++) {
        const struct fil_range *range = &ranges.array[i];
        if (!range_is_valid(range) || (i && range->start < range[-1].end)) return false;
        by_looking += fil_range_is_looked_at(range);
        if (fil_range_is_looked_at(range)) bytes += range->end - range->start;
        inaccessible += range->counting == FIL_COUNTS_INACCESSIBLE;
    }
    bool adds_up = by_looking == ranges.by_looking && bytes == ranges.bytes_by_looking;
    return adds_up && inaccessible == ranges.inaccessible && ranges.count <= ranges.capacity;
}
#endif
