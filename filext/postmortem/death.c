/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the wait for the end of a process that isn't our child, and how that end is told.
 * fil_death_wait is its main entry. */
#define _GNU_SOURCE
#include "death.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "../platform/os.h"
#include "../platform/process.h"
#include "memorywatch.h"
#include "rights.h"
#include "touchwatch.h"

#define POLL_MS 50
#define START_POLL_MS 10
/* A process that has let its lifeline go, and lives after so many looks, 10 ms apart, has become
 * another program. */
#define EXEC_LOOKS 20
/* So many at one that is dead, 1 ms apart: its parent may not have been told yet. */
#define ZOMBIE_LOOKS 100

/* Whether the process has ended; waits for it for so long, or for `other` (-1: nothing) to be
 * readable. */
static bool ends_within(const struct fil_dying *dying, int other, int milliseconds) {
    struct fil_process process;
    struct pollfd ends[] = {{.fd = dying->fd, .events = POLLIN}, {.fd = other, .events = POLLIN}};
    poll(ends, 2, milliseconds);
    if (dying->fd >= 0) return ends[0].revents != 0;
    return !fil_process_look(dying->process_id, &process) || process.start != dying->start ||
           process.state == 'Z';
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

static int sooner(int one, int other) {
    return one < 0 || (other >= 0 && other < one) ? other : one;
}

/* Meanwhile its memory is watched. Until the process is dying, and its lifeline is let go; or dead,
 * which it tells. Both are waited for: a process that the kernel kills for lack of memory loses it
 * so early that the kernel doesn't find the lifeline any more. */
static bool wait_for_either(const struct fil_dying *dying, struct fil_blackbox_head *head) {
    pthread_t thread;
    struct pollfd let_go = {.events = POLLIN};
    watched.lifeline = &head->lifeline;
    watched.fd = let_go.fd = eventfd(0, EFD_CLOEXEC);
    if (watched.fd < 0 || pthread_create(&thread, NULL, wait_for_lifeline, NULL) != 0)
        let_go.fd = -1; /* then only for the end */
    for (;;) {
        fil_rights_look(dying->process_id);
        int pause = sooner(fil_memorywatch_look(dying, head), fil_touchwatch_look(dying, head));
        if (dying->fd < 0) pause = sooner(pause, POLL_MS);
        if (ends_within(dying, let_go.fd, pause)) return true;
        if (poll(&let_go, 1, 0) != 1) continue;
        fil_touchwatch_look(dying, head); /* its memory may still be there */
        return false;
    }
}

static struct fil_death death_of(int wait_status) {
    if (WIFSIGNALED(wait_status))
        return (struct fil_death){.end = FIL_END_SIGNAL, .number = WTERMSIG(wait_status)};
    return (struct fil_death){.end = FIL_END_EXIT, .number = WEXITSTATUS(wait_status)};
}

/* The lifeline is let go while the process dies, before its memory is taken down: a moment to look
 * how. Or it goes on as another program; or its main thread ended alone. False when nothing is
 * known yet. */
static bool look_at_dying(const struct fil_dying *dying, struct fil_death *death) {
    fil_rights_look(dying->process_id);
    for (int look = 0; look < EXEC_LOOKS; look++) {
        struct fil_process process;
        if (!fil_process_look(dying->process_id, &process)) return false;
        if (process.wait_status) *death = death_of(process.wait_status);
        if (process.wait_status || process.state == 'Z' || process.virtual_bytes == 0)
            return process.wait_status != 0;
        bool is_another = !process.is_exiting; /* its name may be the old one at first */
        if (is_another && look) memcpy(death->name, process.name, sizeof death->name);
        if (is_another) death->end = FIL_END_EXEC;
        if (is_another && look) return true;
        if (ends_within(dying, -1, 10)) return death->end == FIL_END_EXEC;
    }
    death->end = FIL_END_EXEC;
    return true;
}

/* Until its parent has been told, it is a zombie, and any process may read how it ended. Afterwards
 * only a process that has its descriptor is told, by kernels that are new enough. */
static bool look_at_dead(const struct fil_dying *dying, struct fil_death *death) {
    struct fil_process process;
    int wait_status;
    fil_rights_look(dying->process_id);
    if (fil_process_ended(dying->fd, &wait_status)) {
        *death = death_of(wait_status);
        return true;
    }
    if (!fil_process_look(dying->process_id, &process) || process.start != dying->start ||
        process.state != 'Z')
        return false;
    *death = death_of(process.wait_status);
    return true;
}

struct fil_death fil_death_wait(const struct fil_dying *dying, struct fil_blackbox_head *head) {
    struct fil_death death = {.end = FIL_END_UNKNOWN};
    bool ended = false;
    while (!ended && head->magic != FIL_BLACKBOX_MAGIC)
        ended = ends_within(dying, -1, START_POLL_MS);
    ended = ended || wait_for_either(dying, head);
    double then = fil_os_unix_time() - head->started;
    bool known = !ended && look_at_dying(dying, &death);
    if (death.end == FIL_END_EXEC) {
        death.seconds = head->started > 0 && then > 0 ? then : 0;
        return death;
    }
    while (!ends_within(dying, -1, dying->fd >= 0 ? -1 : POLL_MS)) continue;
    for (int look = 0; look < ZOMBIE_LOOKS && !look_at_dead(dying, &death) && !known; look++)
        poll(NULL, 0, 1);
    return death;
}

static void describe_exec(const struct fil_death *death, char *text, size_t size) {
    char by[32] = "", after[48] = "";
    if (death->name[0]) snprintf(by, sizeof by, " by %s", death->name);
    if (death->seconds > 0) snprintf(after, sizeof after, " after %.1f s", death->seconds);
    snprintf(text, size,
             "The program replaced itself%s (exec)%s; what it did afterwards isn't counted", by,
             after);
}

void fil_death_describe(struct fil_death death, char *text, size_t size) {
    switch (death.end) {
    case FIL_END_SIGNAL:
        if (death.number == SIGINT)
            snprintf(text, size, "SIGINT: the program was interrupted (Ctrl-C)");
        else
            snprintf(text, size, "%s: the program was killed by signal %d",
                     fil_process_signal_name(death.number), death.number);
        break;
    case FIL_END_EXIT:
        snprintf(text, size, "os._exit or os.exec: the program ended with exit code %d",
                 death.number);
        break;
    case FIL_END_EXEC: describe_exec(&death, text, size); break;
    case FIL_END_UNKNOWN:
        snprintf(text, size,
                 "The program was killed, or ended by os._exit: the system doesn't say which");
        break;
    }
}
