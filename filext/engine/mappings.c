/* SPDX-License-Identifier: Apache-2.0 */
#include "mappings.h"

#include "../platform/os.h"
#include "counters.h"
#include "own.h"
#include "spinlock.h"

#define FIRST_CAPACITY 128u
#define COST_SHARE 50 /* a checkpoint that took t is repeated after 50 t at the earliest */
#define MIN_PAUSE_NS 2000000

struct range {
    uintptr_t start, end;
    size_t counted; /* bytes */
    uint32_t node;
    bool reservation;
};

static struct {
    struct fil_spinlock lock;
    struct range *ranges; /* by start */
    size_t count, capacity;
    _Atomic size_t reservations;
    int64_t next_checkpoint_ns;
} maps;

/* The first range that ends after `address`. */
static size_t first_after_locked(uintptr_t address) {
    size_t low = 0, high = maps.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (maps.ranges[middle].end <= address) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool insert_locked(size_t at, struct range range) {
    if (maps.count == maps.capacity) {
        size_t capacity = maps.capacity ? maps.capacity * 2 : FIRST_CAPACITY;
        struct range *grown = maps.ranges ? fil_own_grow(maps.ranges, maps.capacity * sizeof *grown, capacity * sizeof *grown)
                                          : fil_own_map(capacity * sizeof *grown);
        if (!grown) return false;
        maps.ranges = grown;
        maps.capacity = capacity;
    }
    for (size_t i = maps.count; i > at; i--) maps.ranges[i] = maps.ranges[i - 1];
    maps.ranges[at] = range;
    maps.count++;
    maps.reservations += range.reservation;
    return true;
}

static void delete_locked(size_t at) {
    maps.reservations -= maps.ranges[at].reservation;
    maps.count--;
    for (size_t i = at; i < maps.count; i++) maps.ranges[i] = maps.ranges[i + 1];
}

static size_t bytes_to_count(const struct range *range) {
    return range->reservation ? fil_os_resident_in(range->start, range->end - range->start) : range->end - range->start;
}

/* Brings what is counted for a range up to what it is now. */
static void recount_locked(struct fil_thread *thread, struct range *range) {
    size_t bytes = bytes_to_count(range);
    if (bytes < range->counted) fil_counters_freed(thread, range->node, (int64_t)(range->counted - bytes));
    if (bytes > range->counted) fil_counters_allocated(thread, range->node, (int64_t)(bytes - range->counted));
    range->counted = bytes;
}

/* Cuts [start, end) out of what is known. A reservation's part counts by share: its pages may be gone already. */
static void cut_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end) {
    size_t i = first_after_locked(start);
    while (i < maps.count && maps.ranges[i].start < end) {
        struct range old = maps.ranges[i], head = old, tail = old;
        size_t length = old.end - old.start;
        head.end = start;
        tail.start = end;
        bool has_head = old.start<start, has_tail = old.end> end;
        head.counted = has_head ? (size_t)((double)old.counted * (double)(start - old.start) / (double)length) : 0;
        tail.counted = has_tail ? (size_t)((double)old.counted * (double)(old.end - end) / (double)length) : 0;
        fil_counters_freed(thread, old.node, (int64_t)(old.counted - head.counted - tail.counted));
        delete_locked(i);
        if (has_head && insert_locked(i, head)) i++;
        if (has_tail && insert_locked(i, tail)) i++;
    }
}

static uintptr_t page_end(uintptr_t start, size_t bytes) {
    return (start + bytes + FIL_OS_PAGE - 1) & ~(uintptr_t)(FIL_OS_PAGE - 1);
}

void fil_mappings_add(struct fil_thread *thread, uintptr_t start, size_t bytes, uint32_t node, bool reservation) {
    fil_spinlock_lock(&maps.lock);
    cut_locked(thread, start, page_end(start, bytes));
    struct range range = {start, page_end(start, bytes), 0, node, reservation};
    size_t at = first_after_locked(start);
    if (insert_locked(at, range)) {
        maps.ranges[at].counted = reservation ? 0 : bytes;
        fil_counters_allocated(thread, node, (int64_t)maps.ranges[at].counted);
    }
    fil_spinlock_unlock(&maps.lock);
}

void fil_mappings_remove(struct fil_thread *thread, uintptr_t start, size_t bytes) {
    fil_spinlock_lock(&maps.lock);
    if (maps.count) cut_locked(thread, start, page_end(start, bytes));
    fil_spinlock_unlock(&maps.lock);
}

void fil_mappings_remove_whole(struct fil_thread *thread, uintptr_t start) {
    fil_spinlock_lock(&maps.lock);
    size_t at = first_after_locked(start);
    if (at < maps.count && maps.ranges[at].start == start) cut_locked(thread, start, maps.ranges[at].end);
    fil_spinlock_unlock(&maps.lock);
}

void fil_mappings_move(struct fil_thread *thread, uintptr_t old_start, size_t old_bytes, uintptr_t new_start, size_t new_bytes,
                       uint32_t node) {
    fil_spinlock_lock(&maps.lock);
    size_t at = first_after_locked(old_start);
    bool whole = at < maps.count && maps.ranges[at].start == old_start && maps.ranges[at].end == page_end(old_start, old_bytes);
    if (whole && !maps.ranges[at].reservation) { /* one event, so that old and new are never counted together */
        struct range old = maps.ranges[at];
        delete_locked(at);
        if (new_start != old_start) cut_locked(thread, new_start, page_end(new_start, new_bytes));
        struct range range = {new_start, page_end(new_start, new_bytes), new_bytes, node, false};
        if (insert_locked(first_after_locked(new_start), range)) {
            fil_counters_moved(thread, old.node, (int64_t)old.counted, node, (int64_t)new_bytes);
        } else {
            fil_counters_freed(thread, old.node, (int64_t)old.counted);
        }
        fil_spinlock_unlock(&maps.lock);
        return;
    }
    bool known = at < maps.count && maps.ranges[at].start < page_end(old_start, old_bytes);
    bool reservation = known && maps.ranges[at].reservation;
    if (known) cut_locked(thread, old_start, page_end(old_start, old_bytes));
    fil_spinlock_unlock(&maps.lock);
    if (known) fil_mappings_add(thread, new_start, new_bytes, node, reservation);
}

void fil_mappings_checkpoint(struct fil_thread *thread, bool now) {
    int64_t begun = fil_os_clock_ns();
    if (!now && begun < maps.next_checkpoint_ns) return;
    if (!fil_spinlock_try(&maps.lock)) return;
    for (size_t i = 0; i < maps.count; i++) {
        if (maps.ranges[i].reservation) recount_locked(thread, &maps.ranges[i]);
    }
    int64_t ended = fil_os_clock_ns(), pause = (ended - begun) * COST_SHARE;
    maps.next_checkpoint_ns = ended + (pause > MIN_PAUSE_NS ? pause : MIN_PAUSE_NS);
    fil_spinlock_unlock(&maps.lock);
}

bool fil_mappings_reserved(void) {
    return atomic_load_explicit(&maps.reservations, memory_order_relaxed) != 0;
}

void fil_mappings_clear(void) {
    fil_own_unmap(maps.ranges, maps.capacity * sizeof *maps.ranges);
    maps.ranges = NULL;
    maps.count = maps.capacity = 0;
    maps.reservations = 0;
    maps.next_checkpoint_ns = 0;
}

void fil_mappings_after_fork(void) {
    fil_spinlock_reset(&maps.lock);
}
