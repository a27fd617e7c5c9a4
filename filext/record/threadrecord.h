/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a thread, with its slots: what its own events write. What it means, and who else
 * reads it, is told in engine/thread.h. */
#ifndef FIL_THREADRECORD_H
#define FIL_THREADRECORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct fil_slot {
    int64_t live;         /* bytes */
    int64_t saved;        /* `live` when this slot was first changed in `epoch` */
    uint32_t epoch;       /* the pause between two maxima that `saved` belongs to (counters.h) */
    uint32_t allocations; /* made at this node, modulo 2^32 */
};

/* Returns the bytes that were live in a slot when the maximum before `epoch` ended. */
static inline int64_t fil_slot_before(const struct fil_slot *slot, uint32_t epoch) {
    return slot->epoch == epoch ? slot->saved : slot->live;
}

struct fil_thread_local;

struct fil_thread {
    /* First what nearly each event needs, in one cache line. The atomic fields are written by the
     * owner and read by any thread, at any time; the others are the owner's alone, in a section,
     * and others read and clear them while the engine is quiescent. */
    atomic_uint busy;               /* 1 in a section: the engine isn't quiescent (quiescence.c) */
    atomic_uint syncing;            /* 1 while the thread waits for a lock and doesn't change the
                                       total without the totals' (counters.c) */
    _Atomic uintptr_t pointer;      /* fil_os_thread_pointer() of the owner */
    struct fil_thread_local *local; /* of the owner */
    struct fil_slot *slots;         /* by node */
    uint32_t short_slots;           /* of the nodes that fit a packed entry (liveentries.h) */
    uint32_t root;                  /* node below which its own stacks lie */
    void *memo;                     /* the walker's, opaque */
    _Atomic int64_t blocks; /* number of blocks allocated less blocks freed by this thread */

    uint32_t slot_capacity;  /* slots, a power of two */
    int64_t delta, gross;    /* bytes not yet in the total: net, and moved in either direction */
    _Atomic uint32_t awaits; /* node of the stack at which it gave work to other threads, or waits
                                for it; 0: none */
    uint32_t creator; /* node of the stack that made this thread: its stack while it has no frames
                         of its own */
    bool pooled;      /* as in fil_creation */
    bool has_root;    /* false until its first stack of the recording is taken */
    bool is_settled;  /* it has its root and awaits nothing: a stack can be taken right away */
    uint32_t name;    /* number in threadnames.h; 0: not known yet */
    uint32_t number;  /* of the record, from 0 */
    /* Guarded by the registry's lock: */
    bool taken;
    int thread_id;
    struct fil_thread *next;
} __attribute__((aligned(128)));

/* All of the engine's thread-local storage; initial-exec, a few words. */
struct fil_thread_local {
    struct fil_thread *thread; /* NULL until the first event */
    /* not 0: inside a hook, so allocations are the profiler's or the allocator's own */
    uint32_t guard;
    uint32_t creator, name; /* as in fil_thread, valid while `generation` is the current one */
    uint32_t generation;    /* fil_threads_generation when they were set */
    bool pooled;            /* as in fil_creation, always valid */
};

#endif
