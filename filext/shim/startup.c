/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what the shim does before main and in a forked child, and the engine's table of functions.
 * Its entries are the constructor and after_fork_in_child.
 *
 * Start-up and fork: what the shim does before main, and how a session begins inside Python.
 *
 * Under `run` Python itself runs the user's program. CPython raises the audit event
 * cpython.run_file (run_module, run_command, run_stdin) when it is initialised and about to run it:
 * that is where the session begins. An audit hook may be added before Python is initialised
 * (PySys_AddAuditHook's documentation); it is the only thing of Python that the shim touches. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "../engine/blackbox.h"
#include "../engine/calltree.h"
#include "../engine/counters.h"
#include "../engine/givenwork.h"
#include "../engine/growth.h"
#include "../engine/recorder.h"
#include "../engine/shortage.h"
#include "../engine/thread.h"
#include "../fil_engine.h"
#include "environment.h"
#include "libraries.h"
#include "newthread.h"
#include "pyallocators.h"
#include "real.h"
#include "signals.h"

static void figures(int64_t *live, int64_t *peak) {
    *live = fil_counters_live();
    *peak = fil_counters_peak();
}

static uint32_t change_guard(int change) {
    return fil_self.guard += (uint32_t)change;
}

__attribute__((visibility("default"))) extern const struct fil_engine fil_engine_v1;
const struct fil_engine fil_engine_v1 = {
    .start = fil_recorder_start,
    .snapshot = fil_recorder_snapshot,
    .release = fil_snapshot_clear,
    .end_program = fil_recorder_end_program,
    .is_recording = fil_recorder_is_recording,
    .figures = figures,
    .child_node = fil_calltree_child,
    .given_work = fil_givenwork_node,
    .wrap_python_allocator = fil_pyallocators_wrap,
    .shortway = fil_pyallocators_shortway,
    .watch_memory = fil_shortage_watch,
    .urged = fil_growth_urged,
    .open_blackbox = fil_blackbox_open,
    .memory_is_watched = fil_blackbox_memory_is_watched,
    .blackbox_reported = fil_blackbox_reported,
    .blackbox_leave = fil_blackbox_leave,
    .blackbox_grow = fil_blackbox_grow,
    .blackbox_unmap = fil_blackbox_unmap,
    .expect_shortage_signal = fil_blackbox_expect_shortage_signal,
    .take_signal = fil_signals_take,
    .guard = change_guard,
    .setting = fil_environment_setting,
};

static void complain(const char *reason) {
    const char *parts[] = {"=fil-profile= Nothing is recorded: ",
                           reason ? reason : "the extension has no session", "\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0) return;
    }
}

static int on_audit_event(const char *event, void *arguments, void *user_data);

static void begin_session(void) {
    void *extension = dlopen(fil_environment_setting("EXTENSION"), RTLD_NOW | RTLD_LOCAL);
    void (*begin)(int (*hook)(const char *, void *, void *)) = NULL;
    if (extension) *(void **)&begin = dlsym(extension, "fil_session_begin");
    if (begin) begin(on_audit_event);
    else complain(dlerror());
}

static int on_audit_event(const char *event, void *arguments, void *user_data) {
    static int begun;
    (void)arguments, (void)user_data;
    if (!begun && strncmp(event, "cpython.run_", 12) == 0) {
        begun = 1;
        begin_session();
    }
    return 0;
}

static void after_fork_in_child(void) {
    fil_recorder_after_fork();
    fil_newthread_after_fork();
    fil_self.guard = 0;
}

static __attribute__((constructor)) void prepare(void) {
    fil_real_resolve();
    fil_libraries_prepare();
    fil_environment_take_settings();
    fil_recorder_prepare(fil_real_is_glibc());
    pthread_atfork(NULL, NULL, after_fork_in_child);
    const char *mode = fil_environment_setting("MODE");
    if (!mode || strcmp(mode, "run") != 0 || !fil_environment_setting("EXTENSION")) return;
    int (*add_hook)(int (*)(const char *, void *, void *), void *);
    *(void **)&add_hook = dlsym(RTLD_DEFAULT, "PySys_AddAuditHook");
    if (add_hook) add_hook(on_audit_event, NULL);
}
