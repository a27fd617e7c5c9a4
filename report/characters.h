/* SPDX-License-Identifier: Apache-2.0 */
/* Characters on a terminal: how many columns each takes, and which can't be shown as they are. */
#ifndef FIL_CHARACTERS_H
#define FIL_CHARACTERS_H

#include "arena.h"
#include "buffer.h"

/* The character that begins at `*text`, and `*text` moves behind it; what isn't UTF-8 is one
 * byte. */
uint32_t fil_character_next(const char **text);
/* The columns that it takes: 0, 1 or 2; -1: it can't be printed. */
int fil_character_width(uint32_t character);

/* The text without what would move a terminal's cursor, break its line or turn its direction: that
 * is written out, as "\n", "\x1b" or "\u202e". NULL without memory. */
const char *fil_characters_shown(struct fil_arena *arena, const char *text);
/* The columns that a text takes in which all can be shown. */
uint32_t fil_characters_width(const char *text);

/* A part of a text: `length` bytes from `text` on, `width` columns. */
struct fil_piece {
    const char *text;
    size_t length;
    uint32_t width;
};

/* As much of the text's beginning as fits into `width` columns, */
struct fil_piece fil_characters_first(const char *text, uint32_t width);
/* and of its end. Marks stay with what they stand on. */
struct fil_piece fil_characters_last(const char *text, uint32_t width);

#endif
