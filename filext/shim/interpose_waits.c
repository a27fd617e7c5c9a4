/* SPDX-License-Identifier: Apache-2.0 */
/* Interposed functions that wait for another thread. A Python thread that waits in Arrow's, Polars' or DuckDB's code waits for
 * that library's own threads: what they allocate meanwhile belongs to the line that called (pools.h).
 *
 * Condition variables and semaphores are what C++ waits by; Rust waits by libc's syscall(SYS_futex, …). */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "../engine/recorder.h"
#include "../engine/thread.h"
#include "real.h"

#define EXPORT __attribute__((visibility("default")))
#define CALLER ((uintptr_t)__builtin_return_address(0))

static inline bool begin_wait(uintptr_t caller) {
    if (__builtin_expect(fil_recorder_is_stopped(), 1) || fil_self.guard) return false;
    fil_self.guard = 1;
    bool waits = fil_recorder_begin_wait(caller);
    fil_self.guard = 0;
    return waits;
}

/* Defines the interposed function: the thread's stack is known to the others from before the real call until after it. */
#define WAITING(name, parameters, arguments)                                                                                     \
    EXPORT int name parameters {                                                                                                 \
        if (__builtin_expect(!fil_real.name, 0)) fil_real_resolve();                                                             \
        bool waits = begin_wait(CALLER);                                                                                         \
        int result = fil_real.name arguments;                                                                                    \
        if (waits) fil_recorder_end_wait();                                                                                      \
        return result;                                                                                                           \
    }

WAITING(pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex), (condition, mutex))
WAITING(pthread_cond_timedwait, (pthread_cond_t * condition, pthread_mutex_t *mutex, const struct timespec *until),
        (condition, mutex, until))
WAITING(pthread_cond_clockwait,
        (pthread_cond_t * condition, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until),
        (condition, mutex, clock, until))
WAITING(sem_wait, (sem_t * semaphore), (semaphore))
WAITING(sem_timedwait, (sem_t * semaphore, const struct timespec *until), (semaphore, until))
WAITING(sem_clockwait, (sem_t * semaphore, clockid_t clock, const struct timespec *until), (semaphore, clock, until))

static bool is_wait(long number, long operation) {
    long command = operation & FUTEX_CMD_MASK;
    return number == SYS_futex && (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET);
}

EXPORT long syscall(long number, ...) {
    if (__builtin_expect(!fil_real.syscall, 0)) fil_real_resolve();
    long values[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++) values[i] = va_arg(rest, long);
    va_end(rest);
    bool waits = is_wait(number, values[1]) && begin_wait(CALLER);
    long result = fil_real.syscall(number, values[0], values[1], values[2], values[3], values[4], values[5]);
    if (waits) fil_recorder_end_wait();
    return result;
}
