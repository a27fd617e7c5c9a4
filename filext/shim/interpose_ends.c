/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the interposed functions by which a process may end at once, without a report of its own.
 * Each is an entry by its name in libc: what was never touched is looked at for the last time, for
 * the process that reports for it. Nothing is recorded. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "../platform/os.h"
#include "hook.h"
#include "real.h"

/* The guard isn't set when the process ends: an atexit function or a handler may still run. */
static APART void look_for_the_last_time(void) {
    fil_self.guard = 1;
    fil_recorder_dying();
    fil_self.guard = 0;
}

static void resolve_and_look(void) {
    fil_real_resolve();
    if (!fil_hook_passes_through()) look_for_the_last_time();
}

/* Whether the signal may end a process that it reaches. */
static bool may_end(int number) {
    struct sigaction now;
    if (number == SIGKILL) return true;
    if (number <= 0 || number == SIGCHLD || number == SIGCONT) return false;
    return fil_real.sigaction && fil_real.sigaction(number, NULL, &now) == 0 &&
           now.sa_handler == SIG_DFL;
}

static bool reaches_itself(pid_t process) {
    return process == fil_os_process_id() || process == 0 || process == -1 || process == -getpgrp();
}

EXPORT int kill(pid_t process, int number) {
    fil_real_resolve();
    if (!fil_hook_passes_through() && reaches_itself(process) && may_end(number))
        look_for_the_last_time();
    return fil_real.kill(process, number);
}

EXPORT int raise(int number) {
    fil_real_resolve();
    if (!fil_hook_passes_through() && may_end(number)) look_for_the_last_time();
    return fil_real.raise(number);
}

EXPORT void abort(void) {
    resolve_and_look();
    fil_real.abort();
    __builtin_unreachable();
}

EXPORT void _exit(int status) {
    resolve_and_look();
    fil_real._exit(status);
    __builtin_unreachable();
}

EXPORT void _Exit(int status) {
    resolve_and_look();
    fil_real._Exit(status);
    __builtin_unreachable();
}
