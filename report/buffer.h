/* SPDX-License-Identifier: Apache-2.0 */
/* A growing text in own memory. Errors stick: after the first failed growth nothing more is added,
 * and `failed` says so. */
#ifndef FIL_BUFFER_H
#define FIL_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct fil_buffer {
    char *text; /* not NUL-terminated */
    size_t used, capacity;
    bool failed;
    int sink;  /* not 0: a file's descriptor plus one; the text goes there piece by piece and only
                  its end stays here */
    int error; /* the errno of a write to it that failed */
};

bool fil_buffer_make_room(struct fil_buffer *buffer, size_t length);

/* Room for `length` bytes more, which the caller fills at once; NULL without memory. */
static inline char *fil_buffer_space(struct fil_buffer *buffer, size_t length) {
    bool is_there = !buffer->failed && buffer->capacity - buffer->used >= length;
    if (__builtin_expect(!is_there, 0) && !fil_buffer_make_room(buffer, length)) return NULL;
    buffer->used += length;
    return buffer->text + buffer->used - length;
}

static inline void fil_buffer_add(struct fil_buffer *buffer, const char *bytes, size_t length) {
    char *space = length ? fil_buffer_space(buffer, length) : NULL;
    if (space) memcpy(space, bytes, length);
}

/* Inlined: a report is some million small pieces, most of them constants. */
static inline void fil_buffer_text(struct fil_buffer *buffer, const char *text) {
    fil_buffer_add(buffer, text, strlen(text));
}

/* As printf, for at most 511 bytes. */
void fil_buffer_format(struct fil_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A whole number in decimal digits; much faster than fil_buffer_format. */
void fil_buffer_number(struct fil_buffer *buffer, int64_t number);
/* One or more whole numbers as a JSON array. */
void fil_buffer_numbers(struct fil_buffer *buffer, const int64_t *numbers, unsigned count);
/* A number with so many decimals, at most 6; of magnitude below 10^12. */
void fil_buffer_decimal(struct fil_buffer *buffer, double number, unsigned decimals);
/* A whole number with commas between thousands. */
void fil_buffer_thousands(struct fil_buffer *buffer, int64_t number);
/* Text for XML and HTML, in element content and double-quoted attributes: escaped, and what XML 1.0
 * can't hold written as \xNN.
 */
void fil_buffer_xml(struct fil_buffer *buffer, const char *text);
/* A name in one field of one line of text: separators and control characters are written out,
 * "\\n", "\\x3b". */
void fil_buffer_name(struct fil_buffer *buffer, const char *name);
/* The same for text that is the rest of a line: only what would end it, or be obeyed by a terminal,
 * is written out. */
void fil_buffer_line(struct fil_buffer *buffer, const char *text);
/* Writes what is still here to the sink. 0 or an errno. */
int fil_buffer_flush(struct fil_buffer *buffer);
void fil_buffer_clear(struct fil_buffer *buffer);

#endif
