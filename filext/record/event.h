/* SPDX-License-Identifier: Apache-2.0 */
/* The short way: an ordinary event of the thread that the gate names (statepage.h), as straight
 * code in the hook itself. The long way is engine/recorder.c, which both must agree with to the
 * byte.
 *
 *   thread = fil_event_thread(words)         this thread's record, if the gate names it
 *   fil_event_begin(words, thread)           its section begins, if the gate still does
 *   fil_event_place, fil_event_entry         where a new block goes, or a known one is
 *   fil_event_gain, fil_event_lose           slot, total, peak
 *   fil_event_end(thread)                    its section ends
 *
 * What isn't ordinary is found before anything has changed, and the whole event goes the long way:
 * other sizes and addresses, a place that isn't empty, a maximum that resident memory must be read
 * for, a total that the timeline or the search for a shortage waits for. */
#ifndef FIL_EVENT_H
#define FIL_EVENT_H

#include "../base/debug.h"
#include "../platform/os.h"
#include "block.h"
#include "counting.h"
#include "liveentries.h"
#include "statepage.h"

FIL_INLINED struct fil_thread *fil_event_thread(struct fil_state_words *words) {
    struct fil_thread *thread = atomic_load_explicit(&words->gate, memory_order_relaxed);
    if (__builtin_expect(!thread, 0)) return NULL;
    uintptr_t pointer = atomic_load_explicit(&thread->pointer, memory_order_relaxed);
    return __builtin_expect(pointer == fil_os_thread_pointer(), 1) ? thread : NULL;
}

/* Two plain accesses in this order are enough: what closes the gate and waits for the section's end
 * has the barrier for both sides. */
FIL_INLINED bool fil_event_begin(struct fil_state_words *words, struct fil_thread *thread) {
    atomic_store_explicit(&thread->busy, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    return __builtin_expect(atomic_load_explicit(&words->gate, memory_order_acquire) == thread, 1);
}

/* Whether ranges may be read again: then an allocation goes the long way. */
FIL_INLINED bool fil_event_looks(struct fil_state_words *words) {
    uint64_t at = atomic_load_explicit(&words->look_at, memory_order_relaxed);
    return __builtin_expect(at != 0, 0) && fil_os_ticks() >= at;
}

FIL_INLINED void fil_event_end(struct fil_thread *thread) {
    atomic_store_explicit(&thread->busy, 0, memory_order_release);
}

/* The empty packed entry of a new block of at most FIL_SMALL_MAX bytes; NULL: there is none. Here
 * and below the address is an ordinary one. */
FIL_INLINED uint32_t *fil_event_place(_Atomic(struct fil_region *) *fans, enum fil_entry_kind kind,
                                      uintptr_t address) {
    FIL_PROMISE(fil_address_is_ordinary(address));
    struct fil_region *region = fil_region_of(fans, address);
    if (kind == FIL_TINY) {
        if (!atomic_load_explicit(&region->tiny_pages, memory_order_acquire)) return NULL;
        atomic_store_explicit(fil_tiny_page_of(region, address), true, memory_order_relaxed);
    }
    uintptr_t table = fil_table_of(region, kind);
    if (__builtin_expect(!table, 0)) return NULL;
    uint32_t *entry = fil_packed_at(table, kind, address);
    return __builtin_expect(!*entry, 1) ? entry : NULL;
}

/* The packed entry of a known block; NULL: it has none. */
FIL_INLINED uint32_t *fil_event_entry(_Atomic(struct fil_region *) *fans, uintptr_t address) {
    FIL_PROMISE(fil_address_is_ordinary(address));
    struct fil_region *region = fil_region_of(fans, address);
    uintptr_t table = fil_table_of(region, FIL_SMALL);
    if (__builtin_expect(table != 0, 1)) {
        uint32_t *entry = fil_packed_at(table, FIL_SMALL, address);
        bool is_it = *entry && !((*entry ^ (uint32_t)(address << 6)) & FIL_PACKED_HALF);
        if (__builtin_expect(is_it, 1)) return entry;
    }
    if (!atomic_load_explicit(&region->tiny_pages, memory_order_acquire) ||
        !atomic_load_explicit(fil_tiny_page_of(region, address), memory_order_relaxed))
        return NULL;
    uint32_t *entry = fil_packed_at(fil_table_of(region, FIL_TINY), FIL_TINY, address);
    return *entry ? entry : NULL;
}

/* The entry of a block of FIL_SMALL_MAX + 1 bytes and more, empty (`is_new`) or known; NULL: it has
 * none. */
FIL_INLINED struct fil_big_entry *fil_event_big(_Atomic(struct fil_region *) *fans,
                                                uintptr_t address, bool is_new) {
    FIL_PROMISE(fil_address_is_ordinary(address));
    uintptr_t table = fil_table_of(fil_region_of(fans, address), FIL_BIG);
    struct fil_big_entry *big = table ? fil_big_at(table, address) : NULL;
    return big && big->unit == (is_new ? 0 : fil_big_unit(address)) ? big : NULL;
}

/* Returns whether the total has reached what is watched (fil_totals_raise). */
FIL_INLINED bool fil_event_gain(struct fil_totals *totals, struct fil_thread *thread, uint32_t node,
                                size_t bytes) {
    fil_slot_change(&thread->slots[node], fil_totals_epoch(totals), (int64_t)bytes, 1);
    fil_thread_count_block(thread, 1);
    return fil_totals_raise(totals, (int64_t)bytes);
}

/* Whether the total may fall by so many bytes, and nothing ends with that. */
FIL_INLINED bool fil_event_is_steady(struct fil_totals *totals, int64_t bytes) {
    return __builtin_expect(totals->current - bytes >= totals->floor, 1) &&
           __builtin_expect(!fil_totals_is_rising(totals), 1);
}

/* Whether the total may fall by so many bytes in the short way. A maximum that this ends is ended
 * then. */
FIL_INLINED bool fil_event_may_lose(struct fil_totals *totals, int64_t bytes, bool changes_nodes) {
    if (__builtin_expect(totals->current - bytes < totals->floor, 0)) return false;
    if (__builtin_expect(fil_totals_is_rising(totals), 0) && (bytes || changes_nodes)) {
        if (!fil_totals_sample_is_near(totals)) return false;
        fil_totals_end_maximum(totals);
    }
    return true;
}

/* After one of these two. */
FIL_INLINED void fil_event_lose(struct fil_totals *totals, struct fil_thread *thread, uint32_t node,
                                int64_t bytes) {
    totals->current -= bytes;
    fil_slot_change(&thread->slots[node], fil_totals_epoch(totals), -bytes, 0);
    fil_thread_count_block(thread, -1);
}

#ifdef FIL_DEBUG
/* Whether a memo is of the present code, and of stacks below `root`. */
typedef bool (*fil_memo_is_fresh)(const void *memo, uint32_t root);
#endif

/* What the engine gives the extension for the short way. */
struct fil_shortway {
    struct fil_state_words *words;
    struct fil_totals *totals;
    _Atomic(struct fil_region *) *fans;
    /* The long way, after the real call; the guard is set, and off afterwards. The thread may be in
     * a section, and is in none afterwards. Each returns `block`, which may be NULL. */
    void *(*allocated)(void *block, size_t bytes);
    /* A realloc of a block that was taken out of its entry `packed` in the recording with this
     * number: it is at `to` now, which is returned. NULL: it stays where it was, without memory. */
    void *(*moved)(uint32_t packed, uint32_t recording, void *block, void *to, size_t bytes);
    /* The event is counted; the total has reached what is watched. */
    void *(*reached)(void *block);
#ifdef FIL_DEBUG
    bool (*is_valid)(const struct fil_thread *thread, fil_memo_is_fresh is_fresh); /* gate.h */
#endif
};

#endif
