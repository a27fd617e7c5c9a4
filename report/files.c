/* SPDX-License-Identifier: Apache-2.0 */
/* Report files, each whole or not at all: written under another name in the same folder, then renamed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "writers.h"

static int write_all(int fd, const char *text, size_t left) {
    while (left) {
        ssize_t now = write(fd, text, left);
        if (now < 0 && errno == EINTR) continue;
        if (now < 0) return errno;
        text += now;
        left -= (size_t)now;
    }
    return 0;
}

/* 0 or an errno. A symbolic link in place of the file is replaced, not followed. */
static int write_file(const char *path, const struct fil_buffer *buffer) {
    char temporary[4200];
    snprintf(temporary, sizeof temporary, "%s.%d.tmp", path, (int)getpid());
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) return errno;
    int error = write_all(fd, buffer->text, buffer->used);
    if (close(fd) != 0 && !error) error = errno;
    if (!error && rename(temporary, path) != 0) error = errno;
    if (error) unlink(temporary);
    return error;
}

int fil_report_write_files(const struct fil_report *report, const char *directory, const char *stem,
                           struct fil_written written[FIL_REPORT_FILES]) {
    static const struct {
        const char *name; /* %s: the stem */
        enum fil_format format;
    } files[FIL_REPORT_FILES] = {
        {"%s.prof", FIL_FORMAT_PROF}, {"%s.svg", FIL_FORMAT_SVG},      {"%s-reversed.svg", FIL_FORMAT_SVG_REVERSED},
        {"%s.json", FIL_FORMAT_JSON}, {"index.html", FIL_FORMAT_HTML},
    };
    int failures = 0;
    for (int i = 0; i < FIL_REPORT_FILES; i++) {
        const char *mark = strchr(files[i].name, '%');
        int length = snprintf(written[i].path, sizeof written[i].path, "%s/%s%s", directory, mark ? stem : "",
                              mark ? mark + 2 : files[i].name);
        struct fil_buffer buffer = {0};
        written[i].error =
            length >= (int)sizeof written[i].path ? ENAMETOOLONG : fil_report_render(report, files[i].format, &buffer);
        if (!written[i].error) written[i].error = write_file(written[i].path, &buffer);
        fil_buffer_clear(&buffer);
        failures += written[i].error != 0;
    }
    return failures;
}
