/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the interposed functions by which a program says what is to be done with a signal, or waits
 * for one. fil_signals_take is the profiler's own entry; nothing is recorded here. */
#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../platform/os.h"
#include "hook.h"
#include "real.h"

static struct own {
    void (*handler)(int, siginfo_t *, void *);
    void (*moved)(int);
    int to, value, process_id; /* a forked child inherits the handler, and has no use for it */
    atomic_int number;         /* 0: none */
} owns[2];
#define OWNS (sizeof owns / sizeof *owns)

static int real_sigaction(int number, const struct sigaction *action, struct sigaction *old) {
    if (__builtin_expect(!fil_real.sigaction, 0)) fil_real_resolve();
    return fil_real.sigaction(number, action, old);
}

static int install(const struct own *own, int from) {
    struct sigaction now,
        ours = {.sa_sigaction = own->handler, .sa_flags = SA_RESTART | SA_SIGINFO};
    for (int number = from; number >= own->to; number--) {
        if (real_sigaction(number, NULL, &now) != 0 || now.sa_handler != SIG_DFL) continue;
        if (real_sigaction(number, &ours, NULL) == 0) return number;
    }
    return 0;
}

int fil_signals_take(int from, int to, int value, void (*handler)(int, siginfo_t *, void *),
                     void (*moved)(int)) {
    for (size_t i = 0; i < OWNS; i++) {
        struct own *own = &owns[i];
        if (own->handler) continue;
        *own = (struct own){.handler = handler,
                            .moved = moved,
                            .to = to,
                            .value = value,
                            .process_id = fil_os_process_id()};
        own->number = install(own, from);
        return own->number;
    }
    return 0;
}

/* What was meant for us and hasn't come yet is taken out; what came from others goes back. */
static void take_out_pending(const struct own *own, int number) {
    enum { MOST = 8 };
    const struct timespec at_once = {0, 0};
    siginfo_t info[MOST];
    sigset_t one, before;
    int kept = 0;
    sigemptyset(&one);
    sigaddset(&one, number);
    pthread_sigmask(SIG_BLOCK, &one, &before);
    while (kept < MOST && fil_real.sigtimedwait &&
           fil_real.sigtimedwait(&one, &info[kept], &at_once) == number) {
        if (info[kept].si_code != SI_QUEUE || info[kept].si_value.sival_int != own->value) kept++;
    }
    for (int i = 0; i < kept; i++)
        fil_real.syscall(SYS_rt_sigqueueinfo, getpid(), number, &info[i]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* The signal is the program's from now on, and has its default. */
static APART void leave_to_program(struct own *own, int number) {
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    if (!atomic_compare_exchange_strong(&own->number, &(int){number}, 0) ||
        own->process_id != fil_os_process_id())
        return;
    int next = own->to < number ? install(own, number - 1) : 0;
    own->number = next;
    if (own->moved) own->moved(next);
    take_out_pending(own, number);
    real_sigaction(number, &by_default, NULL);
}

void fil_signals_leave(int number) {
    for (size_t i = 0; i < OWNS; i++) {
        if (__builtin_expect(number && owns[i].number == number, 0))
            leave_to_program(&owns[i], number);
    }
}

/* A program that waits for a signal means one that others send. */
static void is_waited_for(const sigset_t *set) {
    int saved = errno;
    for (size_t i = 0; set && i < OWNS; i++) {
        for (int number; (number = owns[i].number) && sigismember(set, number) == 1;)
            leave_to_program(&owns[i], number);
    }
    errno = saved;
}

static bool is_ours(fil_signal_handler handler) {
    for (size_t i = 0; i < OWNS; i++) {
        if (handler && handler == (fil_signal_handler)(void *)owns[i].handler) return true;
    }
    return false;
}

EXPORT int sigaction(int number, const struct sigaction *action, struct sigaction *old) {
    int saved = errno;
    if (action) fil_signals_leave(number);
    errno = saved;
    int result = real_sigaction(number, action, old);
    if (result == 0 && old && is_ours(old->sa_handler)) memset(old, 0, sizeof *old);
    return result;
}

static fil_signal_handler change(fil_signal_handler (*real)(int, fil_signal_handler), int number,
                                 fil_signal_handler handler) {
    int saved = errno;
    fil_signals_leave(number);
    errno = saved;
    fil_signal_handler old = (real ? real : fil_real.signal)(
        number, handler); /* old names may be for old programs only */
    return old != SIG_ERR && is_ours(old) ? SIG_DFL : old;
}

/* signal and its older selves. */
#define SIGNALLING(name)                                                                           \
    EXPORT fil_signal_handler name(int number, fil_signal_handler handler) {                       \
        if (__builtin_expect(!fil_real.name, 0)) fil_real_resolve();                               \
        return change(fil_real.name, number, handler);                                             \
    }

SIGNALLING(signal)
SIGNALLING(ssignal)
SIGNALLING(bsd_signal)
SIGNALLING(sysv_signal)
SIGNALLING(__sysv_signal)
SIGNALLING(sigset)

/* Defines the interposed function. */
#define WAITING(name, parameters, arguments)                                                       \
    EXPORT int name parameters {                                                                   \
        if (__builtin_expect(!fil_real.name, 0)) fil_real_resolve();                               \
        is_waited_for(set);                                                                        \
        return fil_real.name arguments;                                                            \
    }

WAITING(sigwait, (const sigset_t *set, int *number), (set, number))
WAITING(sigwaitinfo, (const sigset_t *set, siginfo_t *info), (set, info))
WAITING(sigtimedwait, (const sigset_t *set, siginfo_t *info, const struct timespec *patience),
        (set, info, patience))
WAITING(signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
