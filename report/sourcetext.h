/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a source file: read from a regular file, no more than 8 MiB of it, and copied line by
 * line as valid UTF-8 without control characters. Lines end as Python has it: with LF, CR LF or
 * CR. */
#ifndef FIL_SOURCETEXT_H
#define FIL_SOURCETEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encodings.h"

/* What files are read into, one after the other: its pages are taken from the system once. */
struct fil_sourcetext {
    char *text; /* own memory */
    size_t capacity, used;
};

/* Reads the file that a frame names; a relative name starts at `cwd`. False when it isn't one to
 * read, or is empty. */
bool fil_sourcetext_read(struct fil_sourcetext *to, const char *cwd, const char *name);
void fil_sourcetext_clear(struct fil_sourcetext *text);

/* Line after line of a text. */
struct fil_lines {
    const char *at, *end; /* what wasn't read yet */
    const char *feed;     /* the next line feed, or the end; older ones are behind `at` */
    const struct fil_encoding *encoding;
    const char *line; /* the current line, */
    size_t length;    /* without its end; */
    uint32_t number;  /* from 1 */
};

struct fil_lines fil_lines_of(const char *text, size_t size);
/* Goes to the next line; false when there is none. */
bool fil_lines_next(struct fil_lines *lines);

/* The most bytes that so many cleaned characters take. */
#define FIL_CLEAN_BYTES(characters) ((size_t)(characters) * 4)
struct fil_cleaned {
    size_t read, written; /* bytes */
};
/* Copies at most `most` characters of a line's part to `to`, what isn't a character of the encoding
 * replaced, and control characters, but for tabs, by blanks. */
struct fil_cleaned fil_sourcetext_clean(char *to, const char *text, size_t length, uint32_t most,
                                        const struct fil_encoding *encoding);

#endif
