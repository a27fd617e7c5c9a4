/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the locks, and its check in debug builds (FIL_DEBUG).
 *
 * A thread that waits for a lock holds none of the same rank or of one further down in the list:
 * then no two threads ever wait for each other. A lock that is only tried may be taken in any
 * order, for its taker never waits; what is waited for beneath it is checked as ever.
 *
 * What a thread holds is one bit a rank in thread-local storage: no lock, no memory, so hooks and
 * signal handlers may be checked, too. A handler releases what it takes, so the bits are right
 * again when the interrupted code goes on. Release builds have neither the bits nor the ranks. */
#ifndef FIL_LOCKORDER_H
#define FIL_LOCKORDER_H

#include <stdint.h>

/* Outermost first; behind each the file that has the lock. */
enum fil_lock_rank {
    FIL_LOCK_UNRANKED,    /* of a lock that FIL_SPINLOCK didn't make: taking it is a fault */
    FIL_LOCK_CONTROL,     /* engine/recorder.c: start, stop, snapshot */
    FIL_LOCK_ARENAS,      /* engine/arenas.c */
    FIL_LOCK_NOTES,       /* shim/newthread.c */
    FIL_LOCK_THREADS,     /* engine/thread.c: the registry */
    FIL_LOCK_MAPPINGS,    /* engine/ranges.c: all that is known of mappings */
    FIL_LOCK_TOTALS,      /* record/totals.h, in pages that the black box takes in */
    FIL_LOCK_FULLEST,     /* engine/fullest.c; beneath it the mappings' lock is tried */
    FIL_LOCK_RESIDENT,    /* engine/timeline.c: only tried */
    FIL_LOCK_TOUCHING,    /* engine/touching.c: only tried; beneath it the mappings' lock is, too */
    FIL_LOCK_ENDED,       /* engine/ended.c */
    FIL_LOCK_CALLTREE,    /* engine/calltree.c */
    FIL_LOCK_SIDETABLE,   /* engine/sidetable.c */
    FIL_LOCK_LARGEBLOCKS, /* engine/largeblocks.c */
    FIL_LOCK_THREADNAMES, /* engine/threadnames.c */
    FIL_LOCK_CODES,       /* walker/codes.c, in the extension */
    FIL_LOCK_RESERVE,     /* engine/reserve.c */
    FIL_LOCK_BLACKBOX,    /* engine/blackbox.c */
    FIL_LOCK_RANKS
};

#ifdef FIL_DEBUG
/* Bits of the calling thread, 1 << rank. Visible from outside, so that the shim's, which is loaded
 * first, is the extension's, too, and the order is checked across both libraries. */
struct fil_lockorder {
    uint32_t held;
    uint32_t lost; /* reset in a forked child by a handler that interrupted their holder, which
                    * goes on as if it held them
                    */
};
extern _Thread_local struct fil_lockorder fil_lockorder
    __attribute__((tls_model("initial-exec"), visibility("default")));

/* Before the thread waits for a lock. Like the others it ends the process with a sentence that
 * says what is wrong. */
void fil_lockorder_wait(enum fil_lock_rank rank);
void fil_lockorder_take(enum fil_lock_rank rank);
void fil_lockorder_release(enum fil_lock_rank rank);
/* The lock was reset, whether the calling thread held it or not. */
void fil_lockorder_reset(enum fil_lock_rank rank);
void fil_lockorder_assert_held(enum fil_lock_rank rank);
#endif

#endif
