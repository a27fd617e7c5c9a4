/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the lines that the profiler writes to stderr. fil_console_say is its main entry. */
#include "console.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resultfolder.h"
#include "writers.h"

static struct stat first_stderr;
static bool prepared, is_terminal;
static struct fil_look look; /* of stderr; the width is asked for each time */

void fil_console_prepare(void) {
    int error = errno;
    prepared = true;
    look = fil_look_of(STDERR_FILENO);
    is_terminal = look.width;
    if (!is_terminal) look.form = FIL_FORM_TEXT; /* FORCE_COLOR is for the program's own output */
    if (fstat(STDERR_FILENO, &first_stderr) != 0) first_stderr = (struct stat){0};
    errno = error;
}

static bool stderr_is_still_the_same(void) {
    struct stat now;
    if (!prepared) return true;
    return fstat(STDERR_FILENO, &now) == 0 && now.st_dev == first_stderr.st_dev &&
           now.st_ino == first_stderr.st_ino;
}

#define PREFIX "=fil-profile= "

/* Its text is no part of the stack, which may be a small thread's. */
static void put(const struct fil_buffer *text) {
    if (text->failed || !stderr_is_still_the_same()) return;
    ssize_t written = write(STDERR_FILENO, text->text, text->used);
    (void)written; /* perhaps it has no reader any more */
}

static void add_prefix(struct fil_buffer *buffer) {
    fil_look_begin(&look, FIL_STYLE_DIM, buffer);
    fil_buffer_text(buffer, PREFIX);
    fil_look_end(&look, FIL_STYLE_DIM, buffer);
}

void fil_console_say(const char *format, ...) {
    enum { ROOM = 8192 };
    struct fil_buffer line = {0};
    va_list values;
    add_prefix(&line);
    char *text = fil_buffer_space(&line, ROOM);
    if (!text) return;
    va_start(values, format);
    int length = vsnprintf(text, ROOM, format, values);
    va_end(values);
    line.used -= length < ROOM ? (size_t)(ROOM - length) : 1;
    fil_buffer_text(&line, "\n");
    put(&line);
    fil_buffer_clear(&line);
}

/* Several lines at once: in a pipe each has the prefix, on a terminal the first one. */
static void say_lines(const struct fil_buffer *lines) {
    struct fil_buffer said = {0};
    for (size_t from = 0, to = 0; to < lines->used; to++) {
        if (lines->text[to] != '\n') continue;
        if (from == 0 || !is_terminal) add_prefix(&said);
        fil_buffer_add(&said, lines->text + from, to + 1 - from);
        from = to + 1;
    }
    put(&said);
    fil_buffer_clear(&said);
}

void fil_console_reason(const struct fil_reason *reason) {
    struct fil_buffer words = {0};
    fil_reason_write(reason, &words);
    if (words.used && !words.failed) fil_console_say("%.*s", (int)words.used, words.text);
    fil_buffer_clear(&words);
}

/* The path as the reader's shell has it: on a terminal from the folder in which the program
 * began. */
static const char *from_here(const char *path, const char *here) {
    size_t length = here ? strlen(here) : 0;
    bool begins = length && strncmp(path, here, length) == 0 && path[length] == '/';
    return begins && is_terminal ? path + length + 1 : path;
}

/* A word as a shell reads it. */
static void add_word(const char *word, struct fil_buffer *buffer) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789/._-+,:@%";
    bool is_plain = *word && *word != '-' && word[strspn(word, plain)] == 0;
    fil_buffer_text(buffer, is_plain ? "" : "'");
    for (const char *c = word; *c; c++) {
        if (*c == '\'') fil_buffer_text(buffer, "'\\''");
        else fil_buffer_add(buffer, c, 1);
    }
    fil_buffer_text(buffer, is_plain ? "" : "'");
}

/* Whether commands that are given no folder read this one: the newest in the folder where a run's
 * report goes unless it is told where. */
static bool is_default(const char *folder, const char *here) {
    static const char parent[] = "/fil-result/";
    size_t length = here ? strlen(here) : 0;
    size_t tail = sizeof parent - 1;
    if (!length || strncmp(folder, here, length) != 0) return false;
    bool is_there =
        strncmp(folder + length, parent, tail) == 0 && !strchr(folder + length + tail, '/');
    return is_there && fil_resultfolder_is_newest(folder);
}

/* Where the report is, and how more of it is seen. */
static void add_where(const char *path, const char *folder, const struct fil_report *report,
                      bool last, struct fil_buffer *lines) {
    fil_buffer_text(lines, last ? "Wrote the report to " : "Wrote the report so far to ");
    fil_look_link(&look, path, from_here(path, report->cwd), lines);
    fil_buffer_text(lines, "\n");
    if (!last) return;
    fil_buffer_text(lines, "More: fil-profile table");
    if (!is_default(folder, report->cwd)) {
        fil_buffer_text(lines, " ");
        add_word(from_here(folder, report->cwd), lines);
    }
    fil_buffer_text(lines, "\n");
}

/* Says of each file that couldn't be written why, and returns the path of the first that was. */
static const char *say_failures(const struct fil_written written[FIL_REPORT_FILES]) {
    const char *first = NULL;
    for (int i = 0; i < FIL_REPORT_FILES; i++) {
        if (written[i].error)
            fil_console_say("Can't write %s: %s", written[i].path, strerror(written[i].error));
        else if (!first) first = written[i].path;
    }
    return first;
}

bool fil_console_report(const struct fil_report *report, const char *directory, const char *stem,
                        bool last, bool (*leave)(int error)) {
    static struct fil_written
        written[FIL_REPORT_FILES]; /* static: a signal handler's stack may be small */
    struct fil_buffer lines = {0};
    fil_console_reason(&report->reason);
    look.width = is_terminal ? fil_look_width(STDERR_FILENO) : 0;
    look.here = report->cwd;
    const struct fil_report_end end = {&look, sizeof PREFIX - 1, &lines};
    int failures = fil_report_write_files(report, directory, stem, written, &end);
    bool is_left = failures == FIL_REPORT_FILES && leave && leave(written[0].error);
    if (failures && !is_left) say_lines(&lines); /* also where nothing could be written */
    const char *first = is_left ? NULL : say_failures(written);
    if (failures) lines.used = 0;
    if (first) add_where(first, directory, report, last, &lines);
    if (first) say_lines(&lines);
    fil_buffer_clear(&lines);
    if (first && report->reason.kind && !written[FIL_REPORT_SVG].error)
        fil_console_say("Wrote memory usage flamegraph to %s", written[FIL_REPORT_SVG].path);
    return first;
}

static int64_t untouched_in(const struct fil_snapshot *snapshot) {
    int64_t untouched = 0;
    for (uint32_t i = 0; i < snapshot->part_count; i++) untouched += snapshot->parts[i].untouched;
    return untouched;
}

void fil_console_exceeded(const struct fil_report *report, int64_t most) {
    struct fil_buffer line = {0};
    char note[64] = "";
    int64_t asked = report->snapshot->peak_bytes, untouched = untouched_in(report->snapshot);
    if (fil_report_marks_untouched(untouched, asked))
        snprintf(note, sizeof note, " (%.1f MiB of it never used)", (double)untouched / (1 << 20));
    if (fil_report_render(report, FIL_FORMAT_LARGEST, &line) != 0) line.used = 0;
    fil_console_say("Failed: %.1f MiB were allocated at the peak%s, more than the %.1f MiB of "
                    "--fail-above%s%.*s",
                    (double)asked / (1 << 20), note, (double)most / (1 << 20),
                    line.used ? "; the largest: " : "", (int)line.used, line.used ? line.text : "");
    fil_buffer_clear(&line);
}
