/* SPDX-License-Identifier: Apache-2.0 */
/* How text looks where it goes: on a terminal, in a pipe, in a page of Markdown. The one home of
 * the rules about NO_COLOR, TERM, COLUMNS, and which terminals know links. */
#ifndef FIL_LOOK_H
#define FIL_LOOK_H

#include "buffer.h"

enum fil_form { FIL_FORM_TEXT, FIL_FORM_COLOURS, FIL_FORM_MARKDOWN };

struct fil_look {
    enum fil_form form;
    uint32_t width;   /* the terminal's columns; 0: there is none, and nothing is cut */
    bool links;       /* the terminal knows links to files (OSC 8) */
    const char *here; /* a folder: paths below it are told from it; NULL for none */
    const char *home; /* likewise, told from "~" */
};

enum fil_style {
    FIL_STYLE_NONE,
    FIL_STYLE_BOLD,
    FIL_STYLE_DIM,
    FIL_STYLE_CYAN,
    FIL_STYLE_RED,
    FIL_STYLE_GREEN,
    FIL_STYLE_YELLOW,
    FIL_STYLE_BOLD_RED,
    FIL_STYLE_BOLD_GREEN,
    FIL_STYLES
};

/* "", "bold", "dim", ... "bold green" */
extern const char *const fil_style_names[FIL_STYLES];

/* The look of what is written to a descriptor; it reads the environment. `here` is NULL. */
struct fil_look fil_look_of(int descriptor);
/* Whether the descriptor leads to a terminal. */
bool fil_look_is_terminal(int descriptor);
/* The columns of the terminal, now; 0: it is none. */
uint32_t fil_look_width(int descriptor);

/* Appends the style's beginning, or its end; nothing but where there are colours. */
void fil_look_begin(const struct fil_look *look, enum fil_style style, struct fil_buffer *buffer);
void fil_look_end(const struct fil_look *look, enum fil_style style, struct fil_buffer *buffer);
/* Appends a file's path, as a link to it where the terminal knows links. */
void fil_look_link(const struct fil_look *look, const char *path, const char *shown,
                   struct fil_buffer *buffer);
/* Appends text from a program, so that nothing in it is Markdown or HTML. */
void fil_look_markdown(const char *text, struct fil_buffer *buffer);

#endif
