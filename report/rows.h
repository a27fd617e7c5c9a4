/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of an answer as people read them: which come first, what figures they have, and how they
 * stand in a table. All that prints rows calls this. */
#ifndef FIL_ROWS_H
#define FIL_ROWS_H

#include "columns.h"
#include "digest.h"

/* What is drawn, how it looks, and where texts live meanwhile. */
struct fil_view {
    const struct fil_digest *digest;
    const struct fil_look *look;
    struct fil_arena *arena;
    bool has_command; /* the headline has the program's command line */
    uint32_t taken;   /* columns of the first line that something else stands in */
};

#define FIL_ROWS_FIRST 4u /* three own lines, and all imports together */

/* One of the rows that people see first. */
struct fil_first {
    bool is_imports; /* all of them */
    uint32_t function, line;
    int64_t bytes;
    const char *note; /* "in pandas", of imports the largest: "pandas 31.0 MiB, numpy 8.0 MiB" */
};

/* Fills `first` with the own lines that hold the most, and with the imports where these hold a
 * hundredth of the peak; how many there are. What would read "0.0 MiB", or holds less than half a
 * percent of the largest, isn't shown. */
uint32_t fil_rows_first(const struct fil_view *view, struct fil_first first[FIL_ROWS_FIRST]);
/* Appends them as a table. False without memory. */
bool fil_rows_write_first(const struct fil_view *view, unsigned indent, struct fil_buffer *buffer);

/* Which rows of an answer are wanted. */
struct fil_rows_wanted {
    enum fil_by by;
    const uint32_t *rows; /* their positions in the answer; by own line the one behind the last
                           * stands for all imports together */
    uint32_t count;
};

/* Appends these as a table with titles. False without memory. */
bool fil_rows_write(const struct fil_view *view, struct fil_rows_wanted wanted,
                    struct fil_buffer *buffer);

/* What is in use at the peak, or at the end: what was asked for less what was never touched. Where
 * memory ran out, what was asked for. */
int64_t fil_rows_whole(const struct fil_digest *digest);

/* "job.py:3", "import pandas", "[No Python stack]", with the file's name as short as it can be. */
const char *fil_rows_place(const struct fil_view *view, uint32_t function, uint32_t line);
/* The file's name as short as it can be. */
const char *fil_rows_path(const struct fil_view *view, const char *file);
/* "12.3 MiB" */
const char *fil_rows_size(const struct fil_view *view, int64_t bytes);

#endif
