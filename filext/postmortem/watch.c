/* SPDX-License-Identifier: Apache-2.0 */
/* filwatch BLACKBOX FOLDER: waits for the end of the process that starts it, and writes the report of its recording where it
 * couldn't do so itself.
 *
 * It is in nobody's way: an orphan in a session of its own, with no descriptor but stderr, which signals don't reach. Its parent
 * goes on when the process is being watched; exit code 1: it isn't, and a line says why. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../platform/os.h"
#include "../platform/proc_linux.h"
#include "../platform/process.h"
#include "death.h"
#include "unbox.h"

static __attribute__((format(printf, 1, 2))) void say(const char *format, ...) {
    char line[8192];
    va_list values;
    va_start(values, format);
    int length = snprintf(line, sizeof line, "=fil-profile= ");
    length += vsnprintf(line + length, sizeof line - (size_t)length - 1, format, values);
    va_end(values);
    if (length > (int)sizeof line - 2) length = sizeof line - 2;
    line[length++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, (size_t)length);
    (void)written; /* perhaps nobody reads it any more */
}

static const char *size_text(int64_t bytes, char text[32]) {
    bool large = bytes >= (int64_t)1 << 30;
    snprintf(text, 32, large ? "%.1f GiB" : "%.1f MiB", (double)bytes / (large ? 1 << 30 : 1 << 20));
    return text;
}

static void say_lines(const char *text, size_t length) {
    for (size_t from = 0, to = 0; to < length; to++) {
        if (text[to] != '\n') continue;
        say("%.*s", (int)(to - from), text + from);
        from = to + 1;
    }
}

static int report(const struct fil_unboxed *recording, const char *folder) {
    static struct fil_written written[FIL_REPORT_FILES];
    fil_report_write_files(&recording->report, folder, "peak-memory", written);
    int good = 0;
    for (int i = 0; i < FIL_REPORT_FILES; i++) {
        if (written[i].error) say("Can't write %s: %s", written[i].path, strerror(written[i].error));
        else good++;
    }
    struct fil_buffer text = {0};
    if (fil_report_render(&recording->report, FIL_FORMAT_SUMMARY, &text) == 0) say_lines(text.text, text.used);
    fil_buffer_clear(&text);
    if (good) say("Wrote the report to %s/index.html", folder);
    return good;
}

/* How many processes the kernel has killed on this machine for lack of memory; -1: it doesn't say. */
static int64_t killed_for_memory(void) {
    struct fil_proc_figure killed = {"oom_kill ", -1};
    fil_proc_figures("/proc/vmstat", &killed, 1);
    return killed.value;
}

static void write_report(const char *path, const char *folder, struct fil_death death, bool for_memory) {
    static struct fil_unboxed recording;
    char end[128], sentence[512], reason[FIL_UNBOX_REASON], peak[32], live[32];
    fil_death_describe(death, end, sizeof end);
    if (fil_unbox(path, &recording, reason) != 0) {
        say("%s. No report: %s", end, reason);
        return;
    }
    int length = snprintf(sentence, sizeof sentence, "%s; peak %s; live %s", end, size_text(recording.snapshot.peak_bytes, peak),
                          size_text(recording.live_bytes, live));
    if (recording.left_at > 0)
        snprintf(sentence + length, sizeof sentence - (size_t)length,
                 ", as it was %.0f s before: the recording couldn't be kept any longer (%s)",
                 fil_os_unix_time() - recording.left_at, strerror(recording.error));
    else if (for_memory)
        snprintf(sentence + length, sizeof sentence - (size_t)length,
                 "; the kernel's out-of-memory killer was at work: memory, or that of a container, was full");
    recording.report.reason = sentence;
    if (report(&recording, folder)) unlink(path);
    else say("The recording stays: fil-profile report %s makes the report from it", path);
    fil_unboxed_release(&recording);
}

/* No descriptor of the program's stays open because of us: somebody may wait for its end. */
static void close_all_but_stderr(int first, int second) {
    int lower = first < second ? first : second, upper = first < second ? second : first;
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close_range(STDERR_FILENO + 1, (unsigned)lower - 1, 0);
    close_range((unsigned)lower + 1, (unsigned)upper - 1, 0);
    close_range((unsigned)upper + 1, ~0u, 0);
}

static int fail(const char *path, const char *what, int error) {
    say("After a kill there will be no report: %s: %s: %s", path, what, strerror(error));
    return 1;
}

int main(int count, char **arguments) {
    sigset_t all;
    if (count != 3) {
        say("filwatch is started by fil-profile run");
        return 1;
    }
    const char *path = arguments[1], *folder = arguments[2];
    int watched = getppid(), end = fil_process_open(watched), file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (end < 0) return fail(path, "can't watch the program", ENOSYS);
    if (file < 0) return fail(path, "can't open it", errno);
    struct fil_blackbox_head *head = mmap(NULL, sizeof *head, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (head == MAP_FAILED) return fail(path, "can't map it", errno);
    pid_t child = fork();
    if (child < 0) return fail(path, "can't start a process", errno);
    if (child > 0) return 0;
    setsid();
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    close_all_but_stderr(end, file);
    int64_t killed = killed_for_memory();
    struct fil_death death = fil_death_wait(watched, end, head);
    bool for_memory = death.end == FIL_END_SIGNAL && death.number == SIGKILL && killed_for_memory() > killed;
    bool recorded = head->magic == FIL_BLACKBOX_MAGIC && head->state != FIL_BLACKBOX_NEW;
    if (recorded && head->state != FIL_BLACKBOX_ENDED) write_report(path, folder, death, for_memory);
    return 0;
}
