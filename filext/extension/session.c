/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the session of `fil-profile run`, from Python's start to the report at its exit.
 * fil_session_begin is its entry, which the shim looks up by name. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* Python.h first: it sets the feature macros. */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "../../report/console.h"
#include "../../report/resultfolder.h"
#include "../base/piece.h"
#include "../platform/os.h"
#include "../walker/audithook.h"
#include "../walker/uncaught.h"
#include "atshortage.h"
#include "profile.h"
#include "programend.h"
#include "programstart.h"
#include "recording.h"

extern char **environ;

#define EXIT_EXCEEDED 54

static struct {
    const char *output;   /* the result folder */
    const char *blackbox; /* the file of the black box, or NULL */
    int process_id;       /* a forked child isn't the session's */
    struct stat root;     /* of the file system, in which `output` is a path */
    int64_t fail_above;   /* bytes of peak above which a program that succeeds is to fail; -1: it
                             never is */
    long made;       /* how many folders the launcher made for it: itself, and those around it */
    long utc_offset; /* seconds that local time is ahead */
    bool left;       /* who watches the process writes the last report */
    bool quiet;      /* the end says nothing but errors */
    bool ending;     /* the last report is being written */
    bool succeeded;  /* the program ended, with exit code 0 */
    bool exceeded;   /* and its peak is above that */
    bool not_begun;  /* nothing of the program ran */
} session;

/* What our writing can raise: a reader of stderr that has gone, the program's limit on the size of
 * files. Python ignores both, but a program may have taken that back. */
static const int writing_raises[] = {SIGPIPE, SIGXFSZ};
#define WRITING_RAISES (sizeof writing_raises / sizeof *writing_raises)

static void hold_signals_off(sigset_t *before) {
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < WRITING_RAISES; i++) sigaddset(&held, writing_raises[i]);
    pthread_sigmask(SIG_BLOCK, &held, before);
}

/* Takes away what came meanwhile. Both signals go to the thread that writes, so they were ours. */
static void let_signals_through(const sigset_t *before) {
    static const struct timespec at_once;
    for (size_t i = 0; i < WRITING_RAISES; i++) {
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, writing_raises[i]);
        if (!sigismember(before, writing_raises[i])) sigtimedwait(&one, NULL, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* One report at a time: the next signal comes to another thread while one is busy with the first.
 * What is asked for meanwhile is written afterwards by the thread that writes: one report for all
 * who asked. */
static atomic_flag writing = ATOMIC_FLAG_INIT;
static atomic_bool is_asked_for;

/* Which report is wanted. */
struct wanted {
    const char *stem;
    bool last;                /* the program ends with it */
    bool asked_for;           /* by a signal: it gets a folder of its own, in the run's */
    struct fil_reason reason; /* why it is written before the end */
    struct fil_moment_shown shown;
};

/* The program has another root by now: `output` leads elsewhere, or nowhere. */
static bool is_elsewhere(void) {
    struct stat root;
    return stat("/", &root) != 0 || root.st_dev != session.root.st_dev ||
           root.st_ino != session.root.st_ino;
}

/* This process could write nothing. Another may be able to: a program can give up rights,
 * descriptors, and room in files. */
static bool leave_report(int error) {
    session.left = session.blackbox && fil_recording_engine()->blackbox_leave(error);
    if (session.left)
        fil_console_say("The program can't write its report (%s): the process that watches it does",
                        strerror(error));
    return session.left;
}

/* Writes the last report's files without a word, but for those that can't be written. False when
 * none could be. */
static bool write_quietly(const struct fil_report *report, const char *stem) {
    static struct fil_written written[FIL_REPORT_FILES];
    int failed = fil_report_write_files(report, session.output, stem, written, NULL);
    if (failed == FIL_REPORT_FILES && leave_report(written[0].error)) return false;
    for (int i = 0; i < FIL_REPORT_FILES; i++) {
        if (written[i].error)
            fil_console_say("Can't write %s: %s", written[i].path, strerror(written[i].error));
    }
    return failed < FIL_REPORT_FILES;
}

/* Says that there is no profile, and why. The profiler may be busy with a snapshot of the
 * program's own: who asked by a signal is asked again. */
static void say_no_profile(const struct wanted *wanted, int error) {
    fil_console_reason(&wanted->reason);
    if (error == FIL_SNAPSHOT_NOT_RECORDING && wanted->asked_for)
        fil_console_say("No report: nothing is recorded any more");
    if (error == FIL_SNAPSHOT_NOT_RECORDING) return;
    if (error == FIL_SNAPSHOT_BUSY && wanted->asked_for && fil_os_signal_soon(SIGUSR2)) return;
    fil_console_say("No report: %s", error == FIL_SNAPSHOT_BUSY
                                         ? "the profiler is busy, send the signal again"
                                         : "out of memory");
}

/* Writes a report that a signal asked for, into a folder of its own. */
static bool write_asked_for(const struct fil_report *report, const char *stem) {
    static char folder[FIL_RESULTFOLDER_PATH]; /* static: a signal handler's stack may be small */
    fil_resultfolder_make(session.output, fil_os_unix_time(), session.utc_offset, folder);
    bool written = fil_console_report(report, folder, stem, false, NULL);
    if (!written) fil_resultfolder_remove(folder, 1);
    return written;
}

/* Writes the report; the caller has set `writing`. False when there is none or nothing could be
 * written. */
static bool write_report_alone(const struct wanted *wanted) {
    static struct fil_profile profile; /* static: a signal handler's stack may be small */
    int error = fil_profile_take(&profile, wanted->shown, false);
    if (error) {
        say_no_profile(wanted, error);
        return false;
    }
    if (wanted->last) profile.snapshot.end.is_now = false;
    if (wanted->last && !fil_programend_is_known()) profile.snapshot.end.is_known = false;
    profile.report.reason = wanted->reason;
    profile.report.durable = wanted->reason.kind != FIL_REASON_NONE;
    bool is_quiet = session.quiet && wanted->last && !wanted->reason.kind;
    bool (*leave)(int) =
        wanted->last && !wanted->reason.kind ? leave_report : NULL; /* the recording's own end */
    if (leave && is_elsewhere() && leave(ENOENT)) leave = NULL;
    session.not_begun = leave && !session.succeeded && !fil_programstart_seen(&profile.snapshot);
    bool written = session.left || session.not_begun ? false
                   : wanted->asked_for ? write_asked_for(&profile.report, wanted->stem)
                   : is_quiet ? write_quietly(&profile.report, wanted->stem)
                              : fil_console_report(&profile.report, session.output, wanted->stem,
                                                   wanted->last, leave);
    session.exceeded = session.succeeded && session.fail_above >= 0 &&
                       profile.snapshot.peak_bytes > session.fail_above;
    if (session.exceeded) fil_console_exceeded(&profile.report, session.fail_above);
    fil_profile_release(&profile);
    return written;
}

/* Writes what was asked for since. False when another report is being written, whose writer will.
 */
static bool write_what_is_asked_for(void) {
    bool alone = true;
    while (alone && atomic_load(&is_asked_for)) {
        alone = !atomic_flag_test_and_set(&writing);
        if (!alone) continue;
        atomic_store(&is_asked_for, false);
        write_report_alone(&(struct wanted){.stem = "peak-memory", .asked_for = true});
        atomic_flag_clear(&writing);
    }
    return alone;
}

/* Writes a report that has to be, once none is being written any more. */
static bool write_in_turn(const struct wanted *wanted) {
    for (unsigned round = 0; atomic_flag_test_and_set(&writing); round++) fil_os_wait(round);
    session.ending = wanted->last;
    bool written = write_report_alone(wanted);
    atomic_flag_clear(&writing);
    if (!wanted->last) write_what_is_asked_for();
    return written;
}

/* A report that a signal asks for. */
static bool write_when_asked(void) {
    atomic_store(&is_asked_for, true);
    bool done = write_what_is_asked_for();
    if (!done)
        fil_console_say(session.ending
                            ? "The program's last report is being written: no other one follows"
                            : "A report is being written: the requested one follows");
    return done;
}

/* Writes a report, and the program notices nothing of it. */
static bool write_report(struct wanted wanted) {
    sigset_t signals;
    fil_recording_engine()->guard(+1);
    hold_signals_off(&signals);
    bool written = wanted.asked_for ? write_when_asked() : write_in_turn(&wanted);
    let_signals_through(&signals);
    fil_recording_engine()->guard(-1);
    return written;
}

/* Does what the signal would do without us, as soon as the handler returns. */
static void die_of(int number) {
    signal(number, SIG_DFL);
    raise(number);
}

/* A thread that the signal interrupts in the profiler's own code may hold a lock that the report
 * needs: it is asked again when it will have come out. */
static void on_signal(int number, siginfo_t *info, void *context) {
    int saved = errno;
    (void)info, (void)context;
    if (fil_os_process_id() == session.process_id) {
        bool is_busy = fil_recording_engine()->guard(0) != 0;
        if (!is_busy || !fil_os_signal_soon(number))
            write_report((struct wanted){.asked_for = true});
    } else { /* a forked child inherits the handler */
        die_of(number);
    }
    errno = saved;
}

/* The report is written, or can't be: no other process needs to. A recording that has none
 * stays, but for one that the program stopped itself. */
static void end_blackbox(bool written) {
    if (!session.blackbox) return;
    bool removed = written || session.not_begun || !fil_recording_engine()->is_recording();
    fil_recording_engine()->blackbox_reported(removed);
    if (removed) unlink(session.blackbox);
    else
        fil_console_say("The recording stays: fil-profile report %s makes the report from it",
                        session.output);
}

/* A result folder in which there is nothing doesn't stay. */
static void end_output(bool written) {
    if (session.left) return;
    end_blackbox(written);
    if (!written && !is_elsewhere()) fil_resultfolder_remove(session.output, session.made);
}

/* Requested memory may never be touched; if a watcher runs, the decision waits until it is. */
static bool is_seen_later(const struct fil_shortage *shortage) {
    return !shortage->failed && !fil_shortage_is_there(&shortage->memory, 0) &&
           fil_recording_engine()->memory_is_watched();
}

/* Memory runs out: the report is written while that can be done, and the process ends. A request
 * that no machine could fulfil is no reason to end: the program sees it fail, as without us. */
static bool on_shortage(const struct fil_shortage *shortage) {
    static bool seen_absurd;
    if (fil_os_process_id() != session.process_id || is_seen_later(shortage)) return false;
    if (shortage->absurd) fil_uncaught_watch(PyExc_MemoryError);
    if (shortage->absurd && seen_absurd) return false;
    struct wanted wanted = {.stem = "out-of-memory",
                            .last = !shortage->absurd,
                            .reason = fil_atshortage_reason(shortage)};
    wanted.shown = (struct fil_moment_shown){FIL_MOMENT_NOW, shortage->request};
    if (shortage->absurd) {
        wanted.shown.request = 0; /* it would dwarf everything else */
        seen_absurd = true;
    }
    bool written = write_report(wanted);
    fil_console_say(shortage->absurd ? FIL_GOES_ON : FIL_ENDS);
    if (shortage->absurd) return false;
    end_output(written);
    _exit(FIL_EXIT_OUT_OF_MEMORY);
}

static void open_browser(void) {
    const struct fil_engine *engine = fil_recording_engine();
    const char *wanted = engine->setting("BROWSER"), *python = engine->setting("PYTHON");
    if (!wanted || strcmp(wanted, "1") != 0 || !python) return;
    char url[4200];
    snprintf(url, sizeof url, "file://%s/index.html", session.output);
    /* Isolated: a webbrowser.py in the working folder is the program's. */
    char *arguments[] = {(char *)python, (char *)"-Im", (char *)"webbrowser",
                         (char *)"-t",   url,           NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child;
    posix_spawn(&child, python, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
}

static const int timers[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
#define TIMERS (sizeof timers / sizeof *timers)

/* At process exit, after Python's end: the names are in our own memory, nothing of Python is
 * needed. The program's timers stand still meanwhile: Python's handlers are gone, and an alarm that
 * the program would have outrun must not end it. A program that has used up its file descriptors
 * has its report all the same, as far as the hard limit goes. */
static void finish(int status) {
    if (fil_os_process_id() != session.process_id) return;
    struct itimerval none = {0}, left[TIMERS];
    for (size_t i = 0; i < TIMERS; i++) setitimer(timers[i], &none, &left[i]);
    struct rlimit files, more;
    bool limited = getrlimit(RLIMIT_NOFILE, &files) == 0;
    if (limited) {
        more = (struct rlimit){files.rlim_max, files.rlim_max};
        setrlimit(RLIMIT_NOFILE, &more);
    }
    session.succeeded = status == 0;
    fil_recording_engine()->watch_memory(
        NULL, NULL); /* what was set aside for a shortage's report is this one's */
    bool written = write_report((struct wanted){.stem = "peak-memory", .last = true});
    if (limited) setrlimit(RLIMIT_NOFILE, &files);
    end_output(written);
    if (session.not_begun && !session.quiet) fil_console_say("No report: the program didn't begin");
    if (written) open_browser();
    for (size_t i = 0; i < TIMERS; i++) setitimer(timers[i], &left[i], NULL);
    if (status == 1 && fil_uncaught_seen())
        exit(FIL_EXIT_OUT_OF_MEMORY); /* goes on with the handlers that are left */
    if (session.exceeded) exit(EXIT_EXCEEDED);
}

/* The watcher saw that memory is short, and says so again and again: now, or when
 * the thread has come out of a hook. The same signal from anybody else isn't for us. */
static void on_shortage_seen(int number, siginfo_t *info, void *context) {
    int saved = errno;
    (void)context;
    bool is_ours = info->si_code == SI_QUEUE && info->si_value.sival_int == FIL_BLACKBOX_SHORTAGE;
    if (!is_ours) die_of(number);
    else if (fil_os_process_id() == session.process_id && fil_recording_engine()->guard(0) == 0)
        fil_recording_engine()->urged();
    errno = saved;
}

/* A signal that hardly a program uses, and another one where this one does; 0 where no program
 * wants to be told. */
static int handle_shortage(void) {
    const struct fil_engine *engine = fil_recording_engine();
    if (!fil_atshortage_is_wanted()) return 0;
    return engine->take_signal(SIGRTMAX - 7, SIGRTMAX - 14, FIL_BLACKBOX_SHORTAGE, on_shortage_seen,
                               engine->expect_shortage_signal);
}

/* SIGUSR2 is ours only where the program neither handles nor ignores it. */
static void handle_signal(void) {
    fil_recording_engine()->take_signal(SIGUSR2, SIGUSR2, 0, on_signal, NULL);
}

static void begin_blackbox(const struct fil_engine *engine) {
    const char *path = engine->setting("BLACKBOX");
    int error = path ? engine->open_blackbox(path, true, handle_shortage()) : 0;
    if (error)
        fil_console_say(
            "After a kill there will be no report: the recording can't be kept in %s: %s", path,
            strerror(error));
    else session.blackbox = path;
}

bool fil_session_is_on(const char *line) {
    bool is_on = session.process_id && fil_os_process_id() == session.process_id &&
                 fil_recording_engine()->is_recording();
    if (is_on && *line && !session.quiet) fil_console_say("%s", line);
    return is_on;
}

/* The number in a setting; without the setting `otherwise`. */
static int64_t number_in(const char *setting, int64_t otherwise) {
    const char *text = fil_recording_engine()->setting(setting);
    return text ? strtoll(text, NULL, 10) : otherwise;
}

void fil_session_begin(int (*hook)(const char *, void *, void *)) {
    fil_console_prepare();
    const struct fil_engine *engine = fil_recording_engine();
    session.output = engine ? engine->setting("OUTPUT") : NULL;
    if (!session.output) {
        fil_console_say("Nothing is recorded: no result folder was given");
        return;
    }
    if (Py_Version >> 16 != PY_VERSION_HEX >> 16) {
        fil_console_say(
            "Nothing is recorded: this is Python %lu.%lu, filprofiler was built for %d.%d",
            Py_Version >> 24, Py_Version >> 16 & 255, PY_MAJOR_VERSION, PY_MINOR_VERSION);
        return;
    }
    fil_audithook_remove(hook);
    const char *quiet = engine->setting("QUIET");
    session.fail_above = number_in("FAIL_ABOVE", -1);
    session.made = number_in("MADE", 1);
    session.utc_offset = number_in("UTC_OFFSET", 0);
    session.quiet = quiet && strcmp(quiet, "1") == 0;
    session.process_id = fil_os_process_id();
    if (stat("/", &session.root) != 0) session.root = (struct stat){0};
    fil_programstart_prepare();
    fil_programend_call(engine->end_program);
    begin_blackbox(engine);
    handle_signal();
    fil_os_at_exit(finish);
    fil_atshortage_watch(on_shortage);
    fil_recording_start();
}
