/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of child processes from /proc and getrusage. fil_children_visit is its main
 * entry. */
#define _GNU_SOURCE
#include "children.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "os.h"
#include "proc_linux.h"
#include "process.h"
#include "syscall_linux.h"

int64_t fil_children_waited_most(void) {
    struct rusage usage;
    if (fil_syscall(SYS_getrusage, RUSAGE_CHILDREN, (long)&usage, 0, 0, 0, 0) != 0) return 0;
    return usage.ru_maxrss * 1024;
}

/* Not getrusage's: that has in it what was there before the process became this program, such as
 * its parent's memory. */
int64_t fil_children_parent_most(void) {
    return fil_os_resident_peak_bytes();
}

int64_t fil_children_parent_now(void) {
    int64_t files;
    return fil_os_resident_bytes(&files);
}

/* Of one that has ended, without ending the zombie: its status has no such figures any more. */
static int64_t most_of_zombie(int process_id) {
    struct rusage usage = {0};
    siginfo_t info;
    int how = WEXITED | WNOHANG | WNOWAIT;
    long error = fil_syscall(SYS_waitid, P_PID, process_id, (long)&info, how, (long)&usage, 0);
    return error ? 0 : usage.ru_maxrss * 1024;
}

static bool look(int process_id, struct fil_child *child) {
    struct fil_process process;
    char path[FIL_PROC_PATH];
    struct fil_proc_figure figures[] = {{"VmHWM:", -1}, {"VmRSS:", -1}};
    if (!fil_process_look(process_id, &process)) return false;
    *child = (struct fil_child){.process_id = process_id, .start = process.start};
    child->ended = process.state == 'Z';
    child->is_copy = process.is_copy;
    child->worked = process.worked;
    if (child->ended) {
        child->most = most_of_zombie(process_id);
        return true;
    }
    fil_proc_path(process_id, "/status", path);
    fil_proc_figures(path, figures, 2);
    child->most = figures[0].value > 0 ? figures[0].value * 1024 : 0;
    child->now = figures[1].value > 0 ? figures[1].value * 1024 : 0;
    return true;
}

/* The numbers in a file, which may be long: it is read in pieces, of which two may share one. */
static bool visit_listed(long file, void (*visit)(const struct fil_child *, void *),
                         void *context) {
    char text[256];
    int number = 0;
    long got;
    while ((got = fil_syscall(SYS_read, file, (long)text, sizeof text, 0, 0, 0)) > 0) {
        for (long i = 0; i < got; i++) {
            struct fil_child child;
            if (text[i] >= '0' && text[i] <= '9') {
                number = number * 10 + (text[i] - '0');
                continue;
            }
            if (number && look(number, &child)) visit(&child, context);
            number = 0;
        }
    }
    return got == 0;
}

/* Each thread has a list of those that it made. */
static bool visit_thread(const char *name, void (*visit)(const struct fil_child *, void *),
                         void *context) {
    char path[64] = "/proc/self/task/";
    size_t length = strlen(path), digits = strlen(name);
    if (name[0] < '0' || name[0] > '9' || digits > 20) return true;
    memcpy(path + length, name, digits);
    memcpy(path + length + digits, "/children", sizeof "/children");
    long file = fil_syscall(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
    if (file < 0) { /* the thread has just ended, or the system has no such lists */
        path[length + digits] = 0;
        return fil_syscall(SYS_faccessat, AT_FDCWD, (long)path, 0, 0, 0, 0) != 0;
    }
    bool good = visit_listed(file, visit, context);
    fil_syscall(SYS_close, file, 0, 0, 0, 0, 0);
    return good;
}

bool fil_children_visit(void (*visit)(const struct fil_child *child, void *context),
                        void *context) {
    char entries[1024] __attribute__((aligned(8)));
    long how = O_RDONLY | O_CLOEXEC | O_DIRECTORY, got = 0;
    long folder = fil_syscall(SYS_openat, AT_FDCWD, (long)"/proc/self/task", how, 0, 0, 0);
    if (folder < 0) return false;
    bool good = true;
    while (good && (got = fil_syscall(SYS_getdents64, folder, (long)entries, sizeof entries, 0, 0,
                                      0)) > 0) {
        for (long at = 0; good && at < got;) {
            const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);
            good = visit_thread(entry->d_name, visit, context);
            at += entry->d_reclen;
        }
    }
    fil_syscall(SYS_close, folder, 0, 0, 0, 0, 0);
    return good && got == 0;
}
