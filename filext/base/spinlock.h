/* SPDX-License-Identifier: Apache-2.0 */
/* A lock for short sections that never sleep: no libc, no GIL, usable in hooks; not recursive.
 *
 * Lock order, outermost first: recorder's control lock, arenas, thread registry, mappings, totals,
 * the fullest moment, what was touched, what has ended, call tree, side table, large blocks, thread
 * names, the walker's code registry, and the black box. Never taken in a section by a thread that
 * already holds one to its right. */
#ifndef FIL_SPINLOCK_H
#define FIL_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "../platform/os.h"

struct fil_spinlock {
    atomic_uint held;
};

static inline bool fil_spinlock_try(struct fil_spinlock *lock) {
    return atomic_load_explicit(&lock->held, memory_order_relaxed) == 0 &&
           atomic_exchange_explicit(&lock->held, 1, memory_order_acquire) == 0;
}

static inline void fil_spinlock_lock(struct fil_spinlock *lock) {
    for (unsigned round = 0; !fil_spinlock_try(lock); round++) fil_os_wait(round);
}

static inline void fil_spinlock_unlock(struct fil_spinlock *lock) {
    atomic_store_explicit(&lock->held, 0, memory_order_release);
}

/* For a forked child, where the thread that held the lock doesn't exist. */
static inline void fil_spinlock_reset(struct fil_spinlock *lock) {
    atomic_store_explicit(&lock->held, 0, memory_order_relaxed);
}

#endif
