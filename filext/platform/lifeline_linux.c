/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the robust mutex by which the kernel tells of a thread's death. The dying side calls
 * fil_lifeline_hold, and the watcher fil_lifeline_wait. */
#include "lifeline.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "syscall_linux.h"

void fil_lifeline_hold(struct fil_lifeline *lifeline) {
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&lifeline->mutex, &kind);
    pthread_mutexattr_destroy(&kind);
    pthread_mutex_lock(&lifeline->mutex);
}

/* Not by pthread_mutex_lock: a waiting thread must not become the holder, and what lies there may
 * be another libc's. The lock word is the mutex's first, the holder's thread id with these two
 * bits, as the kernel's robust lists demand of every libc. */
void fil_lifeline_wait(struct fil_lifeline *lifeline) {
    _Atomic unsigned *word = (_Atomic unsigned *)(void *)&lifeline->mutex;
    for (;;) {
        unsigned now = atomic_load(word);
        if (!(now & FUTEX_TID_MASK) || (now & FUTEX_OWNER_DIED)) return;
        if (!(now & FUTEX_WAITERS) &&
            !atomic_compare_exchange_strong(word, &now, now | FUTEX_WAITERS))
            continue;
        fil_syscall(SYS_futex, (long)word, FUTEX_WAIT, (long)(now | FUTEX_WAITERS), 0, 0, 0);
    }
}
