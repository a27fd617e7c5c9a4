/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a source file: read from a regular file, no more than 8 MiB of it, and copied line by
 * line as valid UTF-8 without control characters. Lines end as Python has it: with LF, CR LF or
 * CR. */
#ifndef FIL_SOURCETEXT_H
#define FIL_SOURCETEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
    /* The next line feed and carriage return, or the end; older ones are behind `at`. */
    const char *feed, *back;
    const struct fil_encoding *encoding;
    const char *line; /* the current line, */
    size_t length;    /* without its end; */
    uint32_t number;  /* from 1 */
};

struct fil_lines fil_lines_of(const char *text, size_t size);
/* The next `character` from `lines->at` on, or the text's end; `known` is the last answer. */
static inline const char *fil_lines_find(const struct fil_lines *lines, const char *known,
                                         char character) {
    if (known && known >= lines->at) return known;
    const char *found = memchr(lines->at, character, (size_t)(lines->end - lines->at));
    return found ? found : lines->end;
}

/* Goes to the next line; false when there is none. Inlined: files of libraries have hundreds of
 * thousands of lines, of which few are wanted. */
static inline bool fil_lines_next(struct fil_lines *lines) {
    if (lines->at >= lines->end) return false;
    lines->feed = fil_lines_find(lines, lines->feed, '\n');
    lines->back = fil_lines_find(lines, lines->back, '\r'); /* of which most files have none */
    const char *end = lines->back < lines->feed ? lines->back : lines->feed;
    lines->line = lines->at;
    lines->length = (size_t)(end - lines->at);
    lines->at = end + 1;
    if (lines->back == end && lines->at == lines->feed && lines->at < lines->end) lines->at++;
    lines->number++;
    return true;
}

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
