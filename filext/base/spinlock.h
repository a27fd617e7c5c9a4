/* SPDX-License-Identifier: Apache-2.0 */
/* A lock for short sections that never sleep: no libc, no GIL, usable in hooks; not recursive.
 *
 * Which may be taken while another is held: lockorder.h, which checks it in debug builds. A
 * function whose name ends in `_locked` wants its noun's lock held, and begins by asserting it. */
#ifndef FIL_SPINLOCK_H
#define FIL_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "../platform/os.h"
#include "lockorder.h"

/* `held`: 1 while a thread has it. Release pairs with acquire: the next holder sees all that this
 * one wrote. A debug build's lock has its rank, and is as large as any other: one lies in the black
 * box, which a reader of the other build may read. */
struct fil_spinlock {
#ifdef FIL_DEBUG
    _Alignas(atomic_uint) atomic_ushort held;
    uint16_t rank;
#else
    atomic_uint held;
#endif
};
_Static_assert(sizeof(struct fil_spinlock) == sizeof(atomic_uint), "of one size in all builds");

#ifdef FIL_DEBUG
#define FIL_SPINLOCK(its_rank) {.held = 0, .rank = (its_rank)}
#define FIL_LOCKORDER(step, lock) fil_lockorder_##step((lock)->rank)
#else
#define FIL_SPINLOCK(its_rank) {.held = 0}
#define FIL_LOCKORDER(step, lock) ((void)(lock))
#endif

/* Ends a debug build when the calling thread doesn't hold the lock. */
static inline void fil_spinlock_assert_held(const struct fil_spinlock *lock) {
    FIL_LOCKORDER(assert_held, lock);
}

static inline bool fil_spinlock_try(struct fil_spinlock *lock) {
    bool taken = atomic_load_explicit(&lock->held, memory_order_relaxed) == 0 &&
                 atomic_exchange_explicit(&lock->held, 1, memory_order_acquire) == 0;
    if (taken) FIL_LOCKORDER(take, lock);
    return taken;
}

static inline void fil_spinlock_lock(struct fil_spinlock *lock) {
    FIL_LOCKORDER(wait, lock);
    for (unsigned round = 0; !fil_spinlock_try(lock); round++) fil_os_wait(round);
}

static inline void fil_spinlock_unlock(struct fil_spinlock *lock) {
    FIL_LOCKORDER(release, lock);
    atomic_store_explicit(&lock->held, 0, memory_order_release);
}

/* For a forked child, where the thread that held the lock doesn't exist. */
static inline void fil_spinlock_reset(struct fil_spinlock *lock) {
    FIL_LOCKORDER(reset, lock);
    atomic_store_explicit(&lock->held, 0, memory_order_relaxed);
}

#endif
