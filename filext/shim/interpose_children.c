/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the interposed functions that make child processes, and those that wait for them. Each is an
 * entry by its name in libc; those that do so inside of libc (system, popen) have hooks of their
 * own. */
#define _GNU_SOURCE
#include <pty.h>

#include "../engine/children.h"
#include "../platform/children.h"
#include "hook.h"
#include "real.h"

/* Resolved: children are made and waited for before our constructor, too. */
static inline bool is_recorded(void) {
    fil_real_resolve();
    return !fil_hook_passes_through();
}

/* In the child nothing is recorded. */
static inline pid_t forked(pid_t process, bool recorded, int64_t had) {
    if (recorded && process > 0) fil_children_forked(process, had);
    return process;
}

EXPORT pid_t fork(void) {
    bool recorded = is_recorded();
    int64_t had = recorded ? fil_children_parent_now() : 0;
    return forked(fil_real.fork(), recorded, had);
}

EXPORT pid_t _Fork(void) {
    bool recorded = is_recorded();
    int64_t had = recorded ? fil_children_parent_now() : 0;
    return forked(fil_real._Fork(), recorded, had);
}

EXPORT pid_t forkpty(int *terminal, char *name, const struct termios *how,
                     const struct winsize *size) {
    bool recorded = is_recorded();
    int64_t had = recorded ? fil_children_parent_now() : 0;
    return forked(fil_real.forkpty(terminal, name, how, size), recorded, had);
}

/* The function that makes the child. */
__attribute__((visibility("hidden"), used)) void *fil_children_before_vfork(void);
void *fil_children_before_vfork(void) {
    if (is_recorded()) fil_children_made();
    return fil_real.vfork ? *(void **)&fil_real.vfork : *(void **)&fil_real.fork;
}

EXPORT int posix_spawn(pid_t *process, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *how, char *const arguments[],
                       char *const variables[]) {
    bool recorded = is_recorded();
    int error = fil_real.posix_spawn(process, path, actions, how, arguments, variables);
    if (recorded && !error) fil_children_made();
    return error;
}

EXPORT int posix_spawnp(pid_t *process, const char *path, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *how, char *const arguments[],
                        char *const variables[]) {
    bool recorded = is_recorded();
    int error = fil_real.posix_spawnp(process, path, actions, how, arguments, variables);
    if (recorded && !error) fil_children_made();
    return error;
}

EXPORT int system(const char *command) {
    bool recorded = is_recorded() && command;
    if (recorded) fil_children_made(); /* another thread may take a snapshot meanwhile */
    int status = fil_real.system(command);
    if (recorded && status != -1) fil_children_ended_unseen();
    return status;
}

EXPORT FILE *popen(const char *command, const char *how) {
    bool recorded = is_recorded();
    FILE *pipe = fil_real.popen(command, how);
    if (recorded && pipe) fil_children_made();
    return pipe;
}

EXPORT int pclose(FILE *pipe) {
    fil_real_resolve();
    int status = fil_real.pclose(pipe);
    if (is_recorded() && status != -1) fil_children_ended_unseen();
    return status;
}

/* The real waitpid is this, too, but for the figures. */
EXPORT pid_t wait4(pid_t process, int *status, int options, struct rusage *usage) {
    struct rusage own_usage;
    int own_status;
    if (!is_recorded()) return fil_real.wait4(process, status, options, usage);
    if (!usage) usage = &own_usage;
    if (!status) status = &own_status;
    pid_t waited = fil_real.wait4(process, status, options, usage);
    bool has_ended = waited > 0 && (WIFEXITED(*status) || WIFSIGNALED(*status));
    if (has_ended) fil_children_ended(waited, (int64_t)usage->ru_maxrss * 1024);
    return waited;
}

EXPORT pid_t wait3(int *status, int options, struct rusage *usage) {
    return wait4(-1, status, options, usage);
}

EXPORT pid_t waitpid(pid_t process, int *status, int options) {
    return wait4(process, status, options, NULL);
}

EXPORT pid_t wait(int *status) {
    return wait4(-1, status, 0, NULL);
}

EXPORT int waitid(idtype_t which, id_t id, siginfo_t *info, int options) {
    fil_real_resolve();
    int result = fil_real.waitid(which, id, info, options);
    bool may_have_ended = result == 0 && (options & WEXITED) && !(options & WNOWAIT);
    if (may_have_ended && is_recorded() && (!info || info->si_pid)) fil_children_ended_unseen();
    return result;
}
