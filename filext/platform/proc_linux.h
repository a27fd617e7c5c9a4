/* SPDX-License-Identifier: Apache-2.0 */
/* The small text files of /proc and /sys, read by system calls alone and line by line, since their
 * length has no bound and the stack of a hook has. As in os.h: no malloc, no lock, no errno; from
 * hooks and signal handlers. */
#ifndef FIL_PROC_LINUX_H
#define FIL_PROC_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIL_PROC_LINE 768u
/* For functions with a buffer for lines: inlined, the buffers of several would lie on the stack at
 * once. */
#define FIL_PROC_APART __attribute__((noinline))

/* A file that is being read: text[start .. end) isn't used yet. */
struct fil_proc_lines {
    long fd;
    size_t start, end;
    bool in_long_line; /* its beginning was returned; the rest is dropped */
    char text[FIL_PROC_LINE];
};

/* False when it can't be opened. */
bool fil_proc_open(struct fil_proc_lines *lines, const char *path);
/* The next line, NUL-terminated and without its end, to be changed at will until the next call; of
 * a line longer than FIL_PROC_LINE just the beginning. NULL after the last one. */
char *fil_proc_line(struct fil_proc_lines *lines);
void fil_proc_close(struct fil_proc_lines *lines);

/* A labelled number of a file such as /proc/meminfo. */
struct fil_proc_figure {
    const char *label; /* what its line begins with, up to the blanks before the number */
    int64_t value;     /* as the file has it, often in kB; -1 when it is missing or odd */
};
/* Finds the values of all figures; false when the file can't be opened. */
bool fil_proc_figures(const char *path, struct fil_proc_figure *figures, size_t count);

/* Returns the number that is the whole file. -1 when there is none, and for numbers beyond 2 PiB,
 * so that sums of what these functions return, and products with 1024, don't overflow. */
int64_t fil_proc_number(const char *path);

/* Reads /proc/PID/statm: resident memory, and `*files` of it that is pages of files and shared
 * memory, in bytes. 0 when it can't be read. */
int64_t fil_proc_resident(const char *path, int64_t *files);

/* Reads a small file whole, NUL-terminated; false when it can't be read. */
bool fil_proc_text(const char *path, char *text, size_t capacity);

/* Of a page's entry in /proc/PID/pagemap: it is in memory; it is in swap; it is a file's or shared.
 */
#define FIL_PROC_PAGE_PRESENT ((uint64_t)1 << 63)
#define FIL_PROC_PAGE_SWAPPED ((uint64_t)1 << 62)
#define FIL_PROC_PAGE_SHARED ((uint64_t)1 << 61)

/* The path of a process's own file: "/proc/12/stat" for "/stat". */
#define FIL_PROC_PATH 48u
void fil_proc_path(int process_id, const char *name, char path[FIL_PROC_PATH]);

/* Writes the number's digits, without a NUL; returns how many, at most 20. */
size_t fil_proc_append_number(char *to, uint64_t number);

#endif
