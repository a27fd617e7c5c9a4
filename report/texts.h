/* SPDX-License-Identifier: Apache-2.0 */
/* A report as text for people: on a terminal, in a pipe, as Markdown. All append to `buffer`. */
#ifndef FIL_TEXTS_H
#define FIL_TEXTS_H

#include "rows.h"
#include "writers.h"

#define FIL_TEXT_INDENT 2u /* blanks before the rows of a table without titles */

/* How much memory was in use at the peak, in one line; above it, if wanted, why there is a
 * report. */
void fil_text_headline(const struct fil_view *view, bool with_reason, struct fil_buffer *buffer);
/* Both, and the lines that hold the most. */
void fil_text_first(const struct fil_view *view, struct fil_buffer *buffer);
/* What stands below them: the process's memory, mapped files, child processes, what was never
 * touched. */
void fil_text_account(const struct fil_view *view, struct fil_buffer *buffer);
/* The last two of these alone. */
void fil_text_notes(const struct fil_view *view, struct fil_buffer *buffer);
/* One line: what was asked for and never touched, which is no memory in use; nothing where that is
 * little. */
void fil_text_untouched(const struct fil_view *view, struct fil_buffer *buffer);
/* One line: what is still in use at the end, and whose line holds most of it; nothing where that
 * isn't known, or little. */
void fil_text_left(const struct fil_view *view, struct fil_buffer *buffer);
/* What `run` says at its end, without the reason: the first lines, and how large the process
 * was. */
void fil_text_end(const struct fil_view *view, struct fil_buffer *buffer);
/* "12.3 MiB  80.0 %  job.py:3  main  rows = load()", of the line that asked for the most, or of all
 * imports, without a line's end; nothing where no line asked for anything. */
void fil_text_largest(const struct fil_view *view, struct fil_buffer *buffer);

/* What the process's memory (RSS) was made of, and the mapped files among it; */
void fil_text_process(const struct fil_view *view, struct fil_buffer *buffer);
/* how large it was, in one line; */
void fil_text_process_line(const struct fil_view *view, struct fil_buffer *buffer);
/* and of the mapped files, where they are much of that, the largest and whose line mapped it. */
void fil_text_largest_file(const struct fil_view *view, struct fil_buffer *buffer);

/* Text of a program's: nothing in it moves the cursor, or is Markdown where that is written. */
void fil_text_words(const struct fil_view *view, const char *words, struct fil_buffer *buffer);
/* Returns what is left of the line's width, in columns, where so many are used. */
uint32_t fil_text_room(const struct fil_view *view, uint32_t used);
/* A part of a line, where there is room for it (in columns); if `cut`, as much of it as there is
 * room for. Returns what is left of the room. */
uint32_t fil_text_part(const struct fil_view *view, const char *words, uint32_t room, bool cut,
                       struct fil_buffer *to);
void fil_text_end_of_line(const struct fil_view *view, struct fil_buffer *buffer);

#endif
