/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the looks at which pages are resident, and to which node's figures a change goes.
 * fil_looking_at_all_locked is its main entry, at checkpoints. */
#include "looking.h"

#include "../platform/os.h"
#include "arenas.h"
#include "calltree.h"
#include "checkpoints.h"
#include "residency.h"
#include "unseen.h"

/* Returns the node that newly resident pages count for: the line that made the reservation; of one
 * as large as FIL_ARENA_BYTES, which is an allocator's arena, the line that runs, since it is its
 * allocation that takes them. */
static uint32_t node_of_growth(const struct fil_range *range, uint32_t running) {
    /* Of smaller reservations the line that made them is the one that uses them. */
    bool is_arena =
        range->counting == FIL_COUNTS_RESIDENT && range->end - range->start >= FIL_ARENA_BYTES;
    return is_arena && running ? fil_calltree_kind_node(running, fil_calltree_kind(range->node))
                               : range->node;
}

/* Of ranges of the same shared memory the older one counts it. */
static bool goes_before(const struct fil_range *a, const struct fil_range *b) {
    return (int32_t)(a->serial - b->serial) < 0;
}

/* Advances `*from` to the next offset that no older range counts; returns the end of that gap.
 * There is no gap when `*from` is then at or past the range's end. */
static uint64_t uncovered_part_locked(const struct fil_range *range, uint64_t *from) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    uint64_t end = fil_range_object_end(range);
    while (*from < end) {
        uint64_t next = end, covered_to = *from;
        for (size_t i = 0; i < fil_ranges_count(); i++) {
            const struct fil_range *other = fil_ranges_at(i);
            if (other->object != range->object || other->counting == FIL_COUNTS_INACCESSIBLE ||
                !goes_before(other, range))
                continue;
            if (other->offset <= *from && fil_range_object_end(other) > covered_to)
                covered_to = fil_range_object_end(other);
            if (other->offset > *from && other->offset < next) next = other->offset;
        }
        /* No older range begins here: the gap goes on to the next one, or to the end. */
        if (covered_to == *from) return next;
        *from = covered_to;
    }
    return end;
}

size_t fil_looking_at_shared_locked(struct fil_thread *thread, const struct fil_range *range,
                                    uint32_t node) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    /* Gap by gap: each part of the object that no older range has is this range's. */
    size_t uncovered = 0;
    uint64_t from = range->offset, end = fil_range_object_end(range);
    for (uint64_t to = uncovered_part_locked(range, &from); from < end;
         to = uncovered_part_locked(range, &from)) {
        uintptr_t start = range->start + (from - range->offset);
        if (fil_range_is_looked_at(range))
            fil_residency_look_locked(thread, start, start + (to - from), false, node);
        uncovered += to - from;
        from = to;
    }
    return uncovered;
}

void fil_looking_at_locked(struct fil_thread *thread, const struct fil_range *range,
                           uint32_t running) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    uint32_t node = node_of_growth(range, running);
    if (range->object) fil_looking_at_shared_locked(thread, range, node);
    else
        fil_residency_look_locked(thread, range->start, range->end,
                                  range->counting == FIL_COUNTS_WRITTEN, node);
}

void fil_looking_at_all_locked(struct fil_thread *thread, uint32_t running) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    /* Charged to the account of checkpoints.c, so that looks take no more of the time than is
     * allowed. */
    int64_t begun = fil_os_work_ns();
    for (size_t i = 0; i < fil_ranges_count(); i++) {
        const struct fil_range *range = fil_ranges_at(i);
        if (fil_range_is_looked_at(range)) fil_looking_at_locked(thread, range, running);
    }
    /* All that is resident is known at this moment: the bounds of unseen.c start from it. */
    fil_unseen_none();
    fil_checkpoint_done(begun);
}

/* A range cut to [start, end), which overlaps it; a copy, for a look alone. */
static struct fil_range part_of(const struct fil_range *range, uintptr_t start, uintptr_t end) {
    struct fil_range part = *range;
    if (part.start < start) {
        part.offset += start - part.start;
        part.start = start;
    }
    if (part.end > end) part.end = end;
    return part;
}

/* Reads the pages of [start, end) alone, since an arena gives memory back page by page. Returns how
 * many bytes of it count. */
static size_t look_at_part_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end,
                                  uint32_t running) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    size_t counted = 0;
    for (size_t i = fil_ranges_after(start);
         i < fil_ranges_count() && fil_ranges_at(i)->start < end; i++) {
        struct fil_range part = part_of(fil_ranges_at(i), start, end);
        size_t bytes = part.end - part.start;
        if (fil_range_is_looked_at(&part)) {
            fil_looking_at_locked(thread, &part, running);
            counted += fil_residency_known_in_locked(part.start, part.end);
        } else {
            /* Counted by its length: where a part of it goes, at most what it counts goes with it.
             */
            counted += part.counted < bytes ? part.counted : bytes;
        }
    }
    return counted;
}

void fil_looking_before_end_locked(struct fil_thread *thread, size_t bytes, uint32_t running) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    if (fil_unseen_is_time(bytes) && fil_unseen_matters())
        fil_looking_at_all_locked(thread, running);
}

void fil_looking_before_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end,
                               uint32_t running) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    /* Mostly nothing counts by residency, and an end costs nothing here. */
    if (!fil_ranges_by_looking()) return;
    size_t going = look_at_part_locked(thread, start, end, running);
    fil_looking_before_end_locked(thread, going, running);
}
