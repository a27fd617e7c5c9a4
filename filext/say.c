/* SPDX-License-Identifier: Apache-2.0 */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/own.h"

static struct stat first_stderr;

void fil_say_prepare(void) {
    if (fstat(STDERR_FILENO, &first_stderr) != 0) first_stderr = (struct stat){0};
}

static bool stderr_is_still_the_same(void) {
    struct stat now;
    return fstat(STDERR_FILENO, &now) == 0 && now.st_dev == first_stderr.st_dev && now.st_ino == first_stderr.st_ino;
}

/* The text is no part of the stack, which may be a small thread's. */
void fil_say(const char *format, ...) {
    enum { ROOM = 8192 };
    char *line = fil_own_map(ROOM);
    if (!line) return;
    int length = snprintf(line, ROOM, "=fil-profile= ");
    va_list values;
    va_start(values, format);
    length += vsnprintf(line + length, ROOM - (size_t)length - 1, format, values);
    va_end(values);
    if (length > ROOM - 2) length = ROOM - 2;
    line[length++] = '\n';
    ssize_t written = stderr_is_still_the_same() ? write(STDERR_FILENO, line, (size_t)length) : 0;
    (void)written; /* perhaps nobody reads it any more */
    fil_own_unmap(line, ROOM);
}

bool fil_say_written(const struct fil_written written[FIL_REPORT_FILES], const char *what) {
    const char *first = NULL;
    for (int i = 0; i < FIL_REPORT_FILES; i++) {
        if (written[i].error) fil_say("Can't write %s: %s", written[i].path, strerror(written[i].error));
        else if (!first) first = written[i].path;
    }
    if (first) fil_say("%s %s", what, first);
    return first;
}
