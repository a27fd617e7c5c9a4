/* SPDX-License-Identifier: Apache-2.0 */
/* How slots and totals change in an event (engine/counters.h tells why): the parts that all ways of
 * recording share, each a straight piece of code. */
#ifndef FIL_COUNTING_H
#define FIL_COUNTING_H

#include "threadrecord.h"
#include "totals.h"

#define FIL_INLINED static inline __attribute__((always_inline))

/* Keeps the compiler from reordering two stores. The process may be killed between them, and the
 * black box's reader must find the first one made. Enough for a reader of a dead process; one that
 * reads beside a live process reports a bound (postmortem/readout.h). */
FIL_INLINED void fil_in_this_order(void) {
    atomic_signal_fence(memory_order_acq_rel);
}

FIL_INLINED uint32_t fil_totals_epoch(struct fil_totals *totals) {
    return atomic_load_explicit(&totals->epoch, memory_order_relaxed);
}

FIL_INLINED bool fil_totals_is_rising(struct fil_totals *totals) {
    return atomic_load_explicit(&totals->rising, memory_order_relaxed);
}

/* The first change of a slot in an epoch saves what it held at the maximum before. `saved` is
 * written before `epoch`, which makes it valid, and both before `live`: a process that is killed in
 * between leaves a slot that is right for one of the two. */
FIL_INLINED void fil_slot_change(struct fil_slot *slot, uint32_t epoch, int64_t delta,
                                 uint32_t allocations) {
    if (slot->epoch != epoch) {
        slot->saved = slot->live;
        fil_in_this_order();
        slot->epoch = epoch;
        fil_in_this_order();
    }
    slot->live += delta;
    slot->allocations += allocations;
}

/* `change`: 1, a block more; -1, one less. Others read the word meanwhile: it is one instruction
 * where the compiler would make three of an atomic load and store. */
FIL_INLINED void fil_thread_count_block(struct fil_thread *thread, int change) {
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
    __asm__("addq %1, %0" : "+m"(thread->blocks) : "er"((int64_t)change) : "cc");
#else
    int64_t blocks = atomic_load_explicit(&thread->blocks, memory_order_relaxed);
    atomic_store_explicit(&thread->blocks, blocks + change, memory_order_relaxed);
#endif
}

/* The total grows. Returns whether it has reached what is watched: then `reach` of counters.c is to
 * be called. */
FIL_INLINED bool fil_totals_raise(struct fil_totals *totals, int64_t bytes) {
    int64_t now = totals->current + bytes;
    totals->current = now;
    if (__builtin_expect(now <= totals->ceiling, 1)) return false;
    if (now > totals->peak) {
        totals->peak = now;
        atomic_store_explicit(&totals->rising, true, memory_order_relaxed);
    }
    return now >= totals->watched;
}

FIL_INLINED void fil_totals_set_ceiling(struct fil_totals *totals) {
    totals->ceiling = totals->watched < totals->peak ? totals->watched : totals->peak;
}

/* The first fall after a maximum opens a new epoch. No slot is of it yet, so between the two stores
 * the live bytes are those of the maximum whether `rising` is set or not. */
FIL_INLINED void fil_totals_end_maximum(struct fil_totals *totals) {
    atomic_store_explicit(&totals->epoch, fil_totals_epoch(totals) + 1, memory_order_relaxed);
    fil_in_this_order();
    atomic_store_explicit(&totals->rising, false, memory_order_relaxed);
    fil_in_this_order();
    fil_totals_set_ceiling(totals);
}

#endif
