/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/own.h"

static struct stat first_stderr;
static bool prepared, has_styles;

/* https://no-color.org: set, to whatever but nothing. */
static bool wants_styles(void) {
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && !(no_color && *no_color) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

void fil_console_prepare(void) {
    int error = errno;
    prepared = true;
    has_styles = wants_styles();
    if (fstat(STDERR_FILENO, &first_stderr) != 0) first_stderr = (struct stat){0};
    errno = error;
}

static bool stderr_is_still_the_same(void) {
    struct stat now;
    if (!prepared) return true;
    return fstat(STDERR_FILENO, &now) == 0 && now.st_dev == first_stderr.st_dev && now.st_ino == first_stderr.st_ino;
}

#define PREFIX "=fil-profile= "
#define DIM "\033[2m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

/* Its text is no part of the stack, which may be a small thread's. */
static void say(bool is_bold, const char *format, va_list values) {
    enum { ROOM = 8192, END = sizeof PLAIN "\n" };
    char *line = fil_own_map(ROOM);
    if (!line) return;
    int length = snprintf(line, ROOM, "%s%s", has_styles ? DIM PREFIX PLAIN : PREFIX, has_styles && is_bold ? BOLD : "");
    length += vsnprintf(line + length, ROOM - (size_t)length - END, format, values);
    if (length > ROOM - END - 1) length = ROOM - END - 1;
    length += snprintf(line + length, END, "%s\n", has_styles && is_bold ? PLAIN : "");
    ssize_t written = stderr_is_still_the_same() ? write(STDERR_FILENO, line, (size_t)length) : 0;
    (void)written; /* perhaps nobody reads it any more */
    fil_own_unmap(line, ROOM);
}

void fil_console_say(const char *format, ...) {
    va_list values;
    va_start(values, format);
    say(false, format, values);
    va_end(values);
}

static __attribute__((format(printf, 1, 2))) void say_boldly(const char *format, ...) {
    va_list values;
    va_start(values, format);
    say(true, format, values);
    va_end(values);
}

void fil_console_reason(const struct fil_reason *reason) {
    struct fil_buffer words = {0};
    fil_reason_write(reason, &words);
    if (words.used && !words.failed) fil_console_say("%.*s", (int)words.used, words.text);
    fil_buffer_clear(&words);
}

/* The summary's lines, the figure in bold, but for the reason at its top, where it has one: that was said before anything was
 * tried. */
static void say_summary(const struct fil_buffer *summary, bool has_reason) {
    int line = has_reason ? -1 : 0;
    for (size_t from = 0, to = 0; to < summary->used; to++) {
        if (summary->text[to] != '\n') continue;
        if (line == 0) say_boldly("%.*s", (int)(to - from), summary->text + from);
        if (line > 0) fil_console_say("%.*s", (int)(to - from), summary->text + from);
        line++;
        from = to + 1;
    }
}

/* A line for each file that couldn't be written, and where the rest is. False when there is none. */
static bool say_written(const struct fil_written written[FIL_REPORT_FILES], bool last) {
    const char *first = NULL;
    for (int i = 0; i < FIL_REPORT_FILES; i++) {
        if (written[i].error) fil_console_say("Can't write %s: %s", written[i].path, strerror(written[i].error));
        else if (!first) first = written[i].path;
    }
    if (first) fil_console_say("Wrote the report%s to %s", last ? "" : " so far", first);
    return first;
}

bool fil_console_report(const struct fil_report *report, const char *directory, const char *stem, bool last,
                        bool (*leave)(int error)) {
    static struct fil_written written[FIL_REPORT_FILES]; /* static: a signal handler's stack may be small */
    fil_console_reason(&report->reason);
    struct fil_buffer summary = {0};
    int failures = fil_report_write_files(report, directory, stem, written, &summary);
    bool is_left = failures == FIL_REPORT_FILES && leave && leave(written[0].error);
    if (!is_left)
        say_summary(&summary, report->reason.kind); /* also where nothing could be written: then it is all that is left */
    fil_buffer_clear(&summary);
    if (is_left) return false;
    bool good = say_written(written, last);
    if (report->reason.kind && !written[FIL_REPORT_SVG].error)
        fil_console_say("Wrote memory usage flamegraph to %s", written[FIL_REPORT_SVG].path);
    return good;
}
