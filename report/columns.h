/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in columns: the one renderer of all tables, at the end of `run`, in the commands and
 * beside a notebook's page.
 *
 * On a terminal a row takes one line and no more than its width: columns are made narrower, or
 * are left out, in the order that the table names, and figures are never cut. In a pipe nothing
 * is cut. */
#ifndef FIL_COLUMNS_H
#define FIL_COLUMNS_H

#include "characters.h"
#include "look.h"

#define FIL_COLUMNS_MOST 12u

/* A part of a row: a text and how it looks. */
struct fil_entry {
    const char *text; /* NULL: "" */
    enum fil_style style;
};

struct fil_column {
    const char *title;
    bool is_figure; /* stands at its column's right */
    bool begins;    /* what is too long loses its beginning, as paths do */
    bool is_code;   /* a program's text, which Markdown shows as such */
};

/* Where there is no room, a column's width becomes `least`, or it is left out (0). */
struct fil_step {
    unsigned column, least;
};

struct fil_columns {
    const struct fil_column *columns;
    unsigned count; /* at most FIL_COLUMNS_MOST */
    const struct fil_step *steps;
    unsigned step_count;
    bool has_titles;
    unsigned indent;           /* blanks before each row, but in Markdown */
    struct fil_entry *entries; /* `rows` times `count` */
    uint32_t rows;
};

/* Appends the rows. False without memory. */
bool fil_columns_write(const struct fil_columns *table, const struct fil_look *look,
                       struct fil_buffer *buffer);

#endif
