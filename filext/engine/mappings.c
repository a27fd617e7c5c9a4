/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what of each mapping counts, from its beginning to its end. fil_mappings_add and
 * fil_mappings_remove are its main entries. */
#include "mappings.h"

#include "../platform/os.h"
#include "counters.h"
#include "ended.h"
#include "fullest.h"
#include "looking.h"
#include "paths.h"
#include "residency.h"
#include "unseen.h"

#define OWN_OBJECT                                                                                 \
    ((uint64_t)1                                                                                   \
     << 62) /* identity of shared memory that has none: only mremap can map it once more */

/* A thread that waits here doesn't touch the total, and says so by `syncing`: a thread that ends
 * its exclusive right (counters.c) needn't wait for it. */
static void lock_for(struct fil_thread *thread) {
    atomic_store_explicit(&thread->syncing, 1, memory_order_release);
    fil_spinlock_lock(&fil_ranges_lock);
    atomic_store_explicit(&thread->syncing, 0, memory_order_release);
}

/* The system maps and unmaps whole pages, whatever length it is asked for. */
static uintptr_t page_end(uintptr_t start, size_t bytes) {
    return (start + bytes + FIL_OS_PAGE - 1) & ~(uintptr_t)(FIL_OS_PAGE - 1);
}

/* What was asked for, in bytes: a mapping is whole pages, but mmap of 100 bytes counts 100. */
static size_t length_of(const struct fil_range *range) {
    return range->end - range->start - range->slack;
}

/* As one event for the change alone. A range that stays as it is makes none, so that it doesn't end
 * a maximum. */
static void set_counted(struct fil_thread *thread, struct fil_range *range, size_t bytes) {
    if (bytes < range->counted)
        fil_counters_freed(thread, range->node, (int64_t)(range->counted - bytes));
    if (bytes > range->counted)
        fil_counters_allocated(thread, range->node, (int64_t)(bytes - range->counted));
    range->counted = bytes;
}

/* Counts shared memory again after a change in [from, to) of it: the same memory mapped several
 * times counts once, in its oldest range. A range counts less than before only where it was split,
 * and its bytes are shared out between the parts. */
static void recount_object_locked(struct fil_thread *thread, uint64_t object, uint64_t from,
                                  uint64_t to) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    for (int grows = 0; grows <= 1;
         grows++) { /* first what falls, so that nothing is counted twice even for an instant */
        for (size_t i = 0; i < fil_ranges_count(); i++) {
            struct fil_range *range = fil_ranges_at(i);
            if (range->object != object || range->offset >= to ||
                fil_range_object_end(range) <= from)
                continue;
            if (fil_range_is_looked_at(range) && grows) fil_looking_at_locked(thread, range, 0);
            if (range->counting != FIL_COUNTS_LENGTH) continue;
            size_t bytes = fil_looking_at_shared_locked(thread, range, 0);
            if (bytes > range->slack) bytes -= range->slack;
            if ((bytes > range->counted) == grows) set_counted(thread, range, bytes);
        }
    }
}

/* Looks whether the moment before a large range goes is the fullest. Where a file may be read, the
 * look is taken even if none is due, so that the file is listed for the right moment. Whether it
 * may is asked first, because the look spends time of the same allowance. */
static void look_before_end(const struct fil_range *range) {
    if (range->end - range->start < FIL_FULLEST_LEAST) return;
    bool may_read = fil_fullest_may_read(range);
    fil_counters_look(may_read);
    if (range->path) fil_fullest_going(range, may_read);
}

/* Keeps what a report needs of a range that is about to be unmapped and was part of the peak. */
static void remember_end(const struct fil_range *range) {
    look_before_end(range);
    /* What was born after the peak is in no report of it. */
    if (!fil_counters_in_peak(range->born)) return;
    if (range->counted >= FIL_LARGE_BLOCK) fil_counters_resample();
    struct fil_ended ended = {
        .node = range->node, .path = range->path, .by_library = range->by_library};
    if (range->path) {
        ended.bytes = length_of(range);
        ended.resident = fil_os_file_pages_in(range->start, range->end - range->start);
    } else {
        ended.bytes = fil_ranges_untouched(range);
    }
    if (ended.bytes) fil_ended_add(ended);
}

/* Splits the range at `at` so that the part in [start, end) is a range of its own. Returns its
 * index, -1 without memory. */
static long isolate_locked(size_t at, uintptr_t start, uintptr_t end) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    const struct fil_range *range = fil_ranges_at(at);
    if (start > range->start) {
        size_t head = range->counted < start - range->start ? range->counted : start - range->start;
        if (!fil_ranges_split(at, start, head)) return -1;
        range = fil_ranges_at(++at);
    }
    if (end < range->end) {
        size_t inside = range->counted < end - range->start ? range->counted : end - range->start;
        if (!fil_ranges_split(at, end, inside)) return -1;
    }
    return (long)at;
}

/* Removes [start, end) from all ranges. `gone`: the pages are unmapped already and can't be read.
 */
static void cut_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end, bool gone) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    for (size_t i = fil_ranges_after(start);
         i < fil_ranges_count() && fil_ranges_at(i)->start < end; i = fil_ranges_after(start)) {
        uint64_t from = fil_ranges_at(i)->offset, to = fil_range_object_end(fil_ranges_at(i));
        long at = isolate_locked(i, start, end);
        /* Without memory to split the range it stays whole and goes on counting: too much rather
         * than too little. */
        if (at < 0) return;
        /* A copy, because the range is deleted before it is counted out: counting may look at all
         * ranges, and would find one that is about to go. */
        struct fil_range range = *fil_ranges_at((size_t)at);
        if (!gone) remember_end(&range);
        fil_ranges_delete((size_t)at);
        if (fil_range_is_looked_at(&range))
            fil_residency_forget_locked(thread, range.start, range.end);
        else if (range.counted) fil_counters_freed(thread, range.node, (int64_t)range.counted);
        /* The next oldest range of the same memory counts it from now on. */
        if (range.object) recount_object_locked(thread, range.object, from, to);
    }
}

static void insert_locked(struct fil_thread *thread, struct fil_range range) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    size_t at = fil_ranges_after(range.start);
    range.born = fil_counters_epoch();
    range.serial = fil_ranges_new_serial();
    range.untouched = FIL_NOT_LOOKED_AT;
    /* Anonymous shared memory: no other mapping of it can be recognised, but mremap with an old
     * size of 0 makes one. */
    if (fil_calltree_kind(range.node) == FIL_KIND_SHARED && !range.object)
        range.object = OWN_OBJECT | range.serial;
    /* Without memory the mapping isn't counted, nor will its end be. */
    if (!fil_ranges_insert(at, range)) return;
    if (range.object)
        recount_object_locked(thread, range.object, range.offset, fil_range_object_end(&range));
    else if (range.counting == FIL_COUNTS_LENGTH)
        set_counted(thread, fil_ranges_at(at), length_of(&range));
    else if (fil_range_is_looked_at(&range)) fil_looking_at_locked(thread, &range, 0);
}

/* After the real call: the range's end, by whichever thread, can only be recorded after this. What
 * still lies there had an end that no hook saw, and its pages are gone. */
void fil_mappings_add(struct fil_thread *thread, const struct fil_mapping *mapping, uint32_t node) {
    struct fil_range range = {.start = mapping->start,
                              .end = page_end(mapping->start, mapping->bytes)};
    range.slack = (uint32_t)(range.end - range.start - mapping->bytes);
    range.counting = mapping->counting;
    range.by_library = mapping->by_library;
    range.object = mapping->object;
    range.offset = mapping->offset;
    range.node = fil_calltree_kind_node(node, mapping->kind);
    lock_for(thread);
    cut_locked(thread, range.start, range.end, true);
    if (mapping->path) range.path = fil_paths_number_locked(mapping->path);
    insert_locked(thread, range);
    fil_spinlock_unlock(&fil_ranges_lock);
}

void fil_mappings_remove(struct fil_thread *thread, uintptr_t start, size_t bytes,
                         uint32_t running) {
    lock_for(thread);
    fil_looking_before_locked(thread, start, page_end(start, bytes), running);
    cut_locked(thread, start, page_end(start, bytes), false);
    fil_spinlock_unlock(&fil_ranges_lock);
}

/* Only looks: whether the call succeeds isn't known yet, and if it fails the old ranges stay. */
void fil_mappings_replacing(struct fil_thread *thread, uintptr_t start, size_t bytes,
                            uint32_t running) {
    lock_for(thread);
    fil_looking_before_locked(thread, start, page_end(start, bytes), running);
    fil_spinlock_unlock(&fil_ranges_lock);
}

void fil_mappings_replaced(struct fil_thread *thread, uintptr_t start, size_t bytes) {
    lock_for(thread);
    cut_locked(thread, start, page_end(start, bytes), true);
    fil_spinlock_unlock(&fil_ranges_lock);
}

void fil_mappings_remove_whole(struct fil_thread *thread, uintptr_t start, uint32_t running) {
    lock_for(thread);
    size_t at = fil_ranges_after(start);
    if (at < fil_ranges_count() && fil_ranges_at(at)->start == start) {
        uintptr_t end = fil_ranges_at(at)->end;
        fil_looking_before_locked(thread, start, end, running);
        cut_locked(thread, start, end, false);
    }
    fil_spinlock_unlock(&fil_ranges_lock);
}

bool fil_mappings_drop(struct fil_thread *thread, uintptr_t start, size_t bytes, uint32_t running) {
    uintptr_t end = page_end(start, bytes);
    bool found = false;
    lock_for(thread);
    fil_looking_before_locked(thread, start, end, running);
    for (size_t i = fil_ranges_after(start);
         i < fil_ranges_count() && fil_ranges_at(i)->start < end; i++) {
        const struct fil_range *range = fil_ranges_at(i);
        if (!fil_range_is_looked_at(range) || range->object)
            continue; /* shared memory stays, or is seen to go */
        /* The shim then asks the kernel to drop these pages at once: pages that it may still have
         * can't be told from held ones. */
        found |= range->counting == FIL_COUNTS_RESIDENT;
        uintptr_t from = range->start > start ? range->start : start;
        fil_residency_forget_locked(thread, from, range->end < end ? range->end : end);
    }
    fil_spinlock_unlock(&fil_ranges_lock);
    return found;
}

/* A file mapped privately: what is written to it is copied, and counts. */
static bool is_of_file(const struct fil_range *range) {
    return fil_calltree_kind(range->node) == FIL_KIND_PRIVATE_FILE;
}

/* A reservation counts for the line that made it accessible; what is written to a file's pages for
 * the line that mapped it. */
static void make_accessible_locked(size_t at, uint32_t node) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    struct fil_range *range = fil_ranges_at(at);
    fil_ranges_set_counting(at, is_of_file(range) ? FIL_COUNTS_WRITTEN : FIL_COUNTS_RESIDENT);
    if (is_of_file(range)) return;
    range->node = fil_calltree_kind_node(node, fil_calltree_kind(range->node));
    range->born = fil_counters_epoch();
    range->serial = fil_ranges_new_serial(); /* others may count the same shared memory already */
}

void fil_mappings_made_accessible(struct fil_thread *thread, uintptr_t start, size_t bytes,
                                  bool writable, uint32_t node) {
    uintptr_t end = page_end(start, bytes);
    lock_for(thread);
    for (size_t i = fil_ranges_after(start);
         i < fil_ranges_count() && fil_ranges_at(i)->start < end; i++) {
        const struct fil_range *range = fil_ranges_at(i);
        if (range->counting != FIL_COUNTS_INACCESSIBLE || (is_of_file(range) && !writable))
            continue;
        long at = isolate_locked(i, start, end);
        if (at < 0) break;
        i = (size_t)at;
        make_accessible_locked(i, node);
    }
    fil_spinlock_unlock(&fil_ranges_lock);
}

void fil_mappings_begin_move(struct fil_thread *thread, uintptr_t start, size_t bytes,
                             uint32_t running) {
    lock_for(thread);
    fil_looking_before_locked(thread, start, page_end(start, bytes), running);
}

/* MREMAP_DONTUNMAP: the old addresses stay mapped but its pages have moved, so ordinary memory
 * there counts like a reservation. */
static void empty_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    for (size_t i = fil_ranges_after(start);
         i < fil_ranges_count() && fil_ranges_at(i)->start < end; i++) {
        if (fil_ranges_at(i)->object) continue; /* shared memory is mapped at both addresses now */
        long at = isolate_locked(i, start, end);
        if (at < 0) return;
        i = (size_t)at;
        struct fil_range *range = fil_ranges_at(i);
        if (fil_range_is_looked_at(range))
            fil_residency_forget_locked(thread, range->start, range->end);
        if (range->counting != FIL_COUNTS_LENGTH) continue;
        set_counted(thread, range, 0);
        fil_ranges_set_counting(i, FIL_COUNTS_RESIDENT);
    }
}

static void move_locked(struct fil_thread *thread, const struct fil_move *move, uint32_t node) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    size_t at = fil_ranges_after(move->old_start);
    uintptr_t old_end = page_end(move->old_start, move->old_bytes);
    /* mremap moves within one mapping of the kernel's, so the range at its start tells of all of
     * it. */
    bool is_known = at < fil_ranges_count() && fil_ranges_at(at)->start <= move->old_start;
    struct fil_range range = is_known ? *fil_ranges_at(at) : (struct fil_range){0};
    if (is_known) range.offset += move->old_start - range.start;
    range.start = move->new_start;
    range.end = page_end(move->new_start, move->new_bytes);
    range.slack = (uint32_t)(range.end - range.start - move->new_bytes);
    /* What counts of it is given back at the old address, and counted again at the new one. */
    range.counted = 0;
    if (is_known && move->keeps_old) {
        empty_locked(thread, move->old_start, old_end);
    } else if (move->old_bytes) { /* 0: the old range stays, the memory is mapped once more */
        cut_locked(thread, move->old_start, old_end, true);
    }
    cut_locked(thread, range.start, range.end, true);
    if (!is_known) return;
    range.node = fil_calltree_kind_node(node, fil_calltree_kind(range.node));
    insert_locked(thread, range);
}

void fil_mappings_end_move(struct fil_thread *thread, const struct fil_move *move, uint32_t node) {
    if (move) move_locked(thread, move, node);
    fil_spinlock_unlock(&fil_ranges_lock);
}

/* Out of line, because each event asks only whether a look is due. */
static __attribute__((noinline)) void look_at_all(struct fil_thread *thread, uint32_t running,
                                                  bool waits) {
    if (waits) lock_for(thread);
    else if (!fil_spinlock_try(&fil_ranges_lock)) return; /* another thread looks already */
    fil_looking_at_all_locked(thread, running);
    fil_spinlock_unlock(&fil_ranges_lock);
    /* After the lock: a look that finds a fuller moment reads the mappings itself. */
    fil_counters_look(false);
}

void fil_mappings_checkpoint(struct fil_thread *thread, uint32_t running,
                             enum fil_checkpoint when) {
    if (fil_checkpoint_is_due(when)) look_at_all(thread, running, when == FIL_CHECKPOINT_HUGE);
}

void fil_mappings_end_of_block(struct fil_thread *thread, size_t bytes, uint32_t running) {
    /* Where a look is due anyway it is taken now, before the block goes, rather than at the next
     * allocation, when the moment is over. */
    bool is_due = fil_checkpoint_is_due(fil_checkpoint_for(bytes));
    lock_for(thread);
    if (is_due) fil_looking_at_all_locked(thread, running);
    else fil_looking_before_end_locked(thread, bytes, running);
    fil_spinlock_unlock(&fil_ranges_lock);
}

bool fil_mappings_has_inaccessible(void) {
    return fil_ranges_inaccessible() != 0;
}

bool fil_mappings_want_checkpoints(void) {
    return fil_ranges_by_looking() != 0;
}

void fil_mappings_clear(void) {
    fil_ranges_clear();
    fil_paths_clear();
    fil_residency_clear();
    fil_checkpoints_clear();
    fil_unseen_clear();
}

/* The engine is quiescent; the lock is taken for those who want it held. Pages that are resident
 * already are known, and count for no node of this recording. */
void fil_mappings_adopt(uintptr_t start, uintptr_t end) {
    struct fil_range range = {.start = start, .end = end, .counting = FIL_COUNTS_RESIDENT};
    range.node = fil_calltree_kind_node(FIL_NODE_ROOT, FIL_KIND_ANONYMOUS);
    range.born = fil_counters_epoch();
    range.serial = fil_ranges_new_serial();
    fil_spinlock_lock(&fil_ranges_lock);
    if (fil_ranges_insert(fil_ranges_after(start), range))
        fil_residency_look_locked(NULL, start, end, false, FIL_RESIDENCY_BEFORE);
    fil_spinlock_unlock(&fil_ranges_lock);
}

void fil_mappings_after_fork(void) {
    fil_spinlock_reset(&fil_ranges_lock);
}

#ifdef FIL_DEBUG
/* Checks that ordinary memory counts its length, shared memory what no older range counts, and all
 * else page by page. */
static bool counts_what_it_should(const struct fil_range *range) {
    if (range->counting != FIL_COUNTS_LENGTH) return !range->counted;
    size_t bytes =
        range->object ? fil_looking_at_shared_locked(NULL, range, 0) : range->end - range->start;
    return range->counted == (bytes > range->slack ? bytes - range->slack : bytes);
}

/* Checks that pages count only in ranges that count by residency. */
static void check_run(uintptr_t address, struct fil_block block, void *good) {
    for (uintptr_t at = address, end = address + block.bytes; at < end;) {
        size_t i = fil_ranges_after(at);
        bool is_known = i < fil_ranges_count() && fil_ranges_at(i)->start <= at &&
                        fil_range_is_looked_at(fil_ranges_at(i));
        if (!is_known || !fil_calltree_node_is_valid(block.node)) *(bool *)good = false;
        at = is_known ? fil_ranges_at(i)->end : end;
    }
}

static bool are_valid_locked(void) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    bool good = fil_ranges_is_valid() && fil_residency_is_valid();
    for (size_t i = 0; good && i < fil_ranges_count(); i++) {
        const struct fil_range *range = fil_ranges_at(i);
        bool is_of_now = (int32_t)(fil_ranges_newest() - range->serial) >= 0;
        good = is_of_now && fil_calltree_node_is_valid(range->node) && counts_what_it_should(range);
    }
    if (good) fil_residency_visit(check_run, &good);
    return good;
}

bool fil_mappings_is_valid(void) {
    fil_spinlock_lock(&fil_ranges_lock);
    bool good = are_valid_locked();
    fil_spinlock_unlock(&fil_ranges_lock);
    return good;
}

void fil_mappings_visit(fil_visit_block visit, void *context) {
    for (size_t i = 0; i < fil_ranges_count(); i++) {
        const struct fil_range *range = fil_ranges_at(i);
        visit(range->start, (struct fil_block){range->node, range->born, range->counted}, context);
    }
    fil_residency_visit(visit, context);
}
#endif
