/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "death.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "../platform/process.h"

#define START_POLL_MS 50
#define EXEC_LOOKS                                                                                                               \
    20 /* at a process that has let its lifeline go, and lives, 10 ms apart: then it has become another program                  \
        */

static bool wait_readable(int fd, int milliseconds) {
    struct pollfd end = {.fd = fd, .events = POLLIN};
    return poll(&end, 1, milliseconds) == 1;
}

/* A thread of ours waits for the lifeline, and makes `fd` readable. */
static struct {
    struct fil_lifeline *lifeline;
    int fd;
} watched;

static void *wait_for_lifeline(void *unused) {
    fil_lifeline_wait(watched.lifeline);
    eventfd_write(watched.fd, 1);
    return unused;
}

/* Until the process is dying, and its lifeline is let go; or dead. Both are waited for: a process that the kernel kills for lack
 * of memory loses it so early that the kernel doesn't find the lifeline any more. */
static void wait_for_either(int fd, struct fil_blackbox_head *head) {
    pthread_t thread;
    watched.lifeline = &head->lifeline;
    watched.fd = eventfd(0, EFD_CLOEXEC);
    if (watched.fd < 0 || pthread_create(&thread, NULL, wait_for_lifeline, NULL) != 0) return;
    struct pollfd ends[] = {{.fd = fd, .events = POLLIN}, {.fd = watched.fd, .events = POLLIN}};
    poll(ends, 2, -1);
}

static struct fil_death death_of(int wait_status) {
    if (WIFSIGNALED(wait_status)) return (struct fil_death){FIL_END_SIGNAL, WTERMSIG(wait_status)};
    return (struct fil_death){FIL_END_EXIT, WEXITSTATUS(wait_status)};
}

/* The lifeline is let go while the process dies, before its memory is taken down: a moment to look how. Or it goes on as another
 * program; or its main thread ended alone. False when nothing is known yet. */
static bool look_at_dying(int process_id, int fd, struct fil_death *death) {
    for (int look = 0; look < EXEC_LOOKS; look++) {
        struct fil_process process;
        if (!fil_process_look(process_id, &process)) return false;
        if (process.wait_status) *death = death_of(process.wait_status);
        if (process.wait_status || process.state == 'Z' || process.virtual_bytes == 0) return process.wait_status != 0;
        if (wait_readable(fd, 10)) return false;
    }
    *death = (struct fil_death){FIL_END_EXEC, 0};
    return true;
}

struct fil_death fil_death_wait(int process_id, int fd, struct fil_blackbox_head *head) {
    struct fil_death death = {FIL_END_UNKNOWN, 0};
    bool ended = false;
    while (!ended && head->magic != FIL_BLACKBOX_MAGIC) ended = wait_readable(fd, START_POLL_MS);
    if (!ended) wait_for_either(fd, head);
    bool known = !ended && look_at_dying(process_id, fd, &death);
    if (death.end == FIL_END_EXEC) return death;
    wait_readable(fd, -1);
    /* Until its parent has been told it is a zombie, of which the system tells everybody; then nobody but who has the descriptor,
     * and only where that is new enough. */
    for (int look = 0; look < 100; look++) {
        struct fil_process process;
        int wait_status;
        if (fil_process_ended(fd, &wait_status)) return death_of(wait_status);
        if (fil_process_look(process_id, &process) && process.state == 'Z') return death_of(process.wait_status);
        if (known) break;
        wait_readable(-1, 1);
    }
    return death;
}

void fil_death_describe(struct fil_death death, char *text, size_t size) {
    const char *name = death.end == FIL_END_SIGNAL ? sigabbrev_np(death.number) : NULL;
    switch (death.end) {
    case FIL_END_SIGNAL:
        snprintf(text, size, "%s%s: the program was killed by signal %d", name ? "SIG" : "Signal", name ? name : "",
                 death.number);
        break;
    case FIL_END_EXIT: snprintf(text, size, "os._exit or os.exec: the program ended with exit code %d", death.number); break;
    case FIL_END_EXEC: snprintf(text, size, "os.exec: the program became another one"); break;
    case FIL_END_UNKNOWN:
        snprintf(text, size, "The program was killed, or ended by os._exit: the system doesn't say which");
        break;
    }
}
