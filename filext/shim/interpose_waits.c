/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the interposed functions by which threads give each other work and wait for it. Each is an
 * entry by its name in libc.
 *
 * A Python thread that does so in Arrow's, Polars' or DuckDB's code does it for that library's own
 * threads: what they allocate until it is back in Python belongs to the line that called (pools.h).
 * Condition variables and semaphores are C++'s means; Rust waits by libc's syscall(SYS_futex, …).
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "hook.h"
#include "real.h"
#include "signals.h"

#define CALLER ((uintptr_t)__builtin_return_address(0))

static inline void awaits(uintptr_t caller) {
    if (fil_hook_passes_through()) return;
    fil_self.guard = 1;
    fil_recorder_awaits(caller);
    fil_self.guard = 0;
}

/* Defines the interposed function: the thread's stack is known to the others before the real call.
 */
#define AWAITING(name, parameters, arguments)                                                      \
    EXPORT int name parameters {                                                                   \
        if (__builtin_expect(!fil_real.name, 0)) fil_real_resolve();                               \
        awaits(CALLER);                                                                            \
        return fil_real.name arguments;                                                            \
    }

AWAITING(pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex),
         (condition, mutex))
AWAITING(pthread_cond_timedwait,
         (pthread_cond_t * condition, pthread_mutex_t *mutex, const struct timespec *until),
         (condition, mutex, until))
AWAITING(pthread_cond_clockwait,
         (pthread_cond_t * condition, pthread_mutex_t *mutex, clockid_t clock,
          const struct timespec *until),
         (condition, mutex, clock, until))
AWAITING(pthread_cond_signal, (pthread_cond_t * condition), (condition))
AWAITING(pthread_cond_broadcast, (pthread_cond_t * condition), (condition))
AWAITING(sem_post, (sem_t * semaphore), (semaphore))
AWAITING(sem_wait, (sem_t * semaphore), (semaphore))
AWAITING(sem_timedwait, (sem_t * semaphore, const struct timespec *until), (semaphore, until))
AWAITING(sem_clockwait, (sem_t * semaphore, clockid_t clock, const struct timespec *until),
         (semaphore, clock, until))

static bool is_futex(long number, long operation) {
    long command = operation & FUTEX_CMD_MASK;
    bool waits = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
    return number == SYS_futex && (waits || command == FUTEX_WAKE);
}

EXPORT long syscall(long number, ...) {
    if (__builtin_expect(!fil_real.syscall, 0)) fil_real_resolve();
    long values[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++) values[i] = va_arg(rest, long);
    va_end(rest);
    if (is_futex(number, values[1])) awaits(CALLER);
    if (number == SYS_rt_sigaction && values[1]) fil_signals_leave((int)values[0]);
    return fil_real.syscall(number, values[0], values[1], values[2], values[3], values[4],
                            values[5]);
}
