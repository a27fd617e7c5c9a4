/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of /proc and /sys by system calls alone. A reader opens a file with
 * fil_proc_open and takes it line by line with fil_proc_line. */
#define _GNU_SOURCE
#include "proc_linux.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#include "os.h"
#include "syscall_linux.h"

#ifdef FIL_PROC_TESTED
/* Tests put a made-up tree in the place of the system's files: the descriptor of its root. */
static int tree = -1;

void fil_proc_set_tree(int fd) {
    tree = fd;
}

static long open_file(const char *path) {
    bool made_up = tree >= 0;
    return fil_syscall(SYS_openat, made_up ? tree : AT_FDCWD, (long)(path + made_up),
                       O_RDONLY | O_CLOEXEC, 0, 0, 0);
}
#else
static long open_file(const char *path) {
    return fil_syscall(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
}
#endif

bool fil_proc_open(struct fil_proc_lines *lines, const char *path) {
    lines->fd = open_file(path);
    lines->start = lines->end = 0;
    lines->in_long_line = false;
    return lines->fd >= 0;
}

void fil_proc_close(struct fil_proc_lines *lines) {
    fil_syscall(SYS_close, lines->fd, 0, 0, 0, 0, 0);
}

/* Makes room and reads on; false at the file's end. */
static bool read_on(struct fil_proc_lines *lines) {
    memmove(lines->text, lines->text + lines->start, lines->end - lines->start);
    lines->end -= lines->start;
    lines->start = 0;
    long got = fil_syscall(SYS_read, lines->fd, (long)(lines->text + lines->end),
                           (long)(FIL_PROC_LINE - 1 - lines->end), 0, 0, 0);
    if (got > 0) lines->end += (size_t)got;
    return got > 0;
}

char *fil_proc_line(struct fil_proc_lines *lines) {
    for (;;) {
        char *line = lines->text + lines->start;
        char *newline = memchr(line, '\n', lines->end - lines->start);
        bool full = !newline && lines->start == 0 && lines->end == FIL_PROC_LINE - 1;
        if (!newline && !full) {
            if (read_on(lines)) continue;
            if (lines->start == lines->end) return NULL;
        }
        /* A whole line; or the beginning or a further part of a long one; or the last one, which
         * has no end. */
        char *end = newline ? newline : lines->text + lines->end;
        bool goes_on = lines->in_long_line;
        if (!newline) line = lines->text; /* where read_on has moved it */
        *end = 0;
        lines->start = newline ? (size_t)(newline + 1 - lines->text) : lines->end;
        lines->in_long_line = full;
        if (!goes_on) return line;
    }
}

/* The number at the beginning of `text`, after blanks; -1 when it is none, or none in sight of the
 * limit of 2 PiB. */
static int64_t number_at(const char *text) {
    const int64_t most = (int64_t)1 << 51;
    int64_t number = 0;
    while (*text == ' ' || *text == '\t') text++;
    if (*text < '0' || *text > '9') return -1;
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (*text - '0');
        if (number > most) return -1;
    }
    return *text == 0 || *text == ' ' || *text == '\n' ? number : -1;
}

FIL_PROC_APART bool fil_proc_figures(const char *path, struct fil_proc_figure *figures,
                                     size_t count) {
    struct fil_proc_lines lines;
    size_t missing = count;
    for (size_t i = 0; i < count; i++) figures[i].value = -1;
    if (!fil_proc_open(&lines, path)) return false;
    for (const char *line; missing && (line = fil_proc_line(&lines));) {
        for (size_t i = 0; i < count; i++) {
            size_t length = strlen(figures[i].label);
            if (strncmp(line, figures[i].label, length) != 0) continue;
            figures[i].value = number_at(line + length);
            missing--;
            break;
        }
    }
    fil_proc_close(&lines);
    return true;
}

int64_t fil_proc_number(const char *path) {
    char text[64];
    return fil_proc_text(path, text, sizeof text) ? number_at(text) : -1;
}

bool fil_proc_text(const char *path, char *text, size_t capacity) {
    long fd = open_file(path);
    if (fd < 0) return false;
    long got = fil_syscall(SYS_read, fd, (long)text, (long)capacity - 1, 0, 0, 0);
    fil_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
    if (got <= 0) return false;
    text[got] = 0;
    return true;
}

size_t fil_proc_append_number(char *to, uint64_t number) {
    char digits[20];
    size_t count = 0, length = 0;
    for (; count == 0 || number; number /= 10) digits[count++] = (char)('0' + number % 10);
    while (count) to[length++] = digits[--count];
    return length;
}

void fil_proc_path(int process_id, const char *name, char path[FIL_PROC_PATH]) {
    strcpy(path, "/proc/");
    size_t length = strlen(path);
    length += fil_proc_append_number(path + length, (unsigned)process_id);
    strcpy(path + length, name);
}

int64_t fil_proc_resident(const char *path, int64_t *files) {
    char text[256]; /* "size resident shared …", in pages */
    *files = 0;
    if (!fil_proc_text(path, text, sizeof text)) return 0;
    int64_t fields[3] = {0, 0, 0};
    const char *at = text;
    for (int i = 0; i < 3; i++) {
        while (*at >= '0' && *at <= '9') fields[i] = fields[i] * 10 + (*at++ - '0');
        while (*at == ' ') at++;
    }
    *files = fields[2] * FIL_OS_PAGE;
    return fields[1] * FIL_OS_PAGE;
}
