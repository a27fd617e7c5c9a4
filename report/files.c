/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the writing of report files, each whole or not at all: under another name in the same
 * folder, then renamed. fil_report_write_files is its main entry. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"
#include "texts.h"

/* 0 or an errno. Some file systems know no flushing: there the file counts as it is. */
static int flush_to_disk(int fd) {
    return fsync(fd) == 0 || errno == EINVAL || errno == ENOSYS ? 0 : errno;
}

/* 0 or an errno. A symbolic link in place of the file is replaced, not followed. */
static int write_as(const char *temporary, const char *path, const struct fil_digest *digest,
                    enum fil_format format) {
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) return errno;
    struct fil_buffer buffer = {.sink = fd + 1};
    int error = fil_render_digest(digest, format, &buffer), end = fil_buffer_flush(&buffer);
    if (end) error = end;
    if (!error && digest->report->durable) error = flush_to_disk(fd);
    fil_buffer_clear(&buffer);
    if (close(fd) != 0 && !error) error = errno;
    if (!error && rename(temporary, path) != 0) error = errno;
    if (error) unlink(temporary);
    return error;
}

/* The temporary name is no part of the stack, which may be a small thread's. */
static int write_file(const char *path, const struct fil_digest *digest, enum fil_format format,
                      struct fil_arena *arena) {
    size_t room = strlen(path) + sizeof ".-2147483648.tmp";
    char *temporary = fil_arena_get(arena, room);
    if (!temporary) return ENOMEM;
    snprintf(temporary, room, "%s.%d.tmp", path, (int)getpid());
    int error = write_as(temporary, path, digest, format);
    bool has_no_room = error == ENOSPC || error == EDQUOT || error == EFBIG;
    if (has_no_room && format == FIL_FORMAT_HTML)
        error = write_as(temporary, path, digest, FIL_FORMAT_HTML_SMALL);
    return error;
}

/* The folder may have gone since the program began, or is made only when there is something to put
 * in it. Whether it is there now shows when the files are opened. */
static void make_folder(const char *directory, char *path, size_t size) {
    if (mkdir(directory, 0777) == 0 || errno != ENOENT ||
        snprintf(path, size, "%s", directory) >= (int)size)
        return;
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0777);
        *slash = '/';
    }
    mkdir(path, 0777);
}

/* `digest`: NULL without memory. */
static int write_all(const struct fil_digest *digest, struct fil_arena *arena,
                     const char *directory, const char *stem,
                     struct fil_written written[FIL_REPORT_FILES]) {
    static const struct {
        const char *name; /* %s: the stem */
        enum fil_format format;
    } files[FIL_REPORT_FILES] = {
        [FIL_REPORT_PAGE] = {"index.html", FIL_FORMAT_HTML},
        [FIL_REPORT_SVG] = {"%s.svg", FIL_FORMAT_SVG},
        [FIL_REPORT_PROF] = {"%s.prof", FIL_FORMAT_PROF},
        [FIL_REPORT_JSON] = {"%s.json", FIL_FORMAT_JSON},
        [FIL_REPORT_REVERSED] = {"%s-reversed.svg", FIL_FORMAT_SVG_REVERSED},
    };
    int failures = 0;
    make_folder(directory, written[0].path, sizeof written[0].path);
    for (int i = 0; i < FIL_REPORT_FILES; i++) {
        const char *mark = strchr(files[i].name, '%');
        int length = snprintf(written[i].path, sizeof written[i].path, "%s/%s%s", directory,
                              mark ? stem : "", mark ? mark + 2 : files[i].name);
        if (!digest) written[i].error = ENOMEM;
        else if (length >= (int)sizeof written[i].path) written[i].error = ENAMETOOLONG;
        else written[i].error = write_file(written[i].path, digest, files[i].format, arena);
        failures += written[i].error != 0;
    }
    return failures;
}

/* The names, too, are on the disk then. */
static void flush_folder(const char *directory) {
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

int fil_digest_write_files(const struct fil_digest *digest, const char *directory, const char *stem,
                           struct fil_written written[FIL_REPORT_FILES],
                           const struct fil_report_end *end) {
    struct fil_arena *arena = fil_arena_new();
    int failures = write_all(arena ? digest : NULL, arena, directory, stem, written);
    if (arena && end)
        fil_text_end(&(struct fil_view){digest, end->look, arena, false, end->taken}, end->text);
    if (end && end->text->failed) end->text->used = 0;
    fil_arena_free(arena);
    if (digest->report->durable) flush_folder(directory);
    return failures;
}

int fil_report_write_files(const struct fil_report *report, const char *directory, const char *stem,
                           struct fil_written written[FIL_REPORT_FILES],
                           const struct fil_report_end *end) {
    struct fil_arena *arena = fil_arena_new();
    struct fil_digest digest;
    bool made = arena && fil_digest_make(&digest, report, NULL, arena);
    int failures = made ? fil_digest_write_files(&digest, directory, stem, written, end)
                        : write_all(NULL, NULL, directory, stem, written);
    fil_arena_free(arena);
    return failures;
}
