/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the copies of Python strings in pieces of the black box. fil_text_copy is its main entry. */
#include "text.h"

#include <string.h>

#define CHUNK (256u * 1024u)
#define LONGEST 6u /* bytes one character takes at most: \uNNNN */
#define MAX_CHARACTERS 20000

/* Chunks of text, newest first. Guarded by the code registry's lock. */
static struct chunk {
    struct chunk *older;
    size_t size, used;
    char text[];
} *newest;
static const struct fil_engine *engine;

void fil_text_prepare(const struct fil_engine *from) {
    engine = from;
}

static char *room_for(size_t bytes) {
    if (!newest || newest->size - newest->used < bytes) {
        size_t size = bytes > CHUNK - sizeof(struct chunk) ? bytes : CHUNK - sizeof(struct chunk);
        struct chunk *chunk =
            engine->blackbox_grow(FIL_PIECE_TEXT, 0, NULL, 0, sizeof *chunk + size);
        if (!chunk) return NULL;
        chunk->older = newest;
        chunk->size = size;
        newest = chunk;
    }
    return newest->text + newest->used;
}

static size_t put_escape(char *to, const char *prefix, Py_UCS4 value, int digits) {
    static const char hex[] = "0123456789abcdef";
    to[0] = '\\';
    to[1] = prefix[0];
    for (int i = 0; i < digits; i++) to[2 + i] = hex[value >> (4 * (digits - 1 - i)) & 15];
    return (size_t)(2 + digits);
}

static size_t put_character(char *to, Py_UCS4 c) {
    if (c == 0) return put_escape(to, "x", 0, 2);
    if (c >= 0xDC80 && c <= 0xDCFF) return put_escape(to, "x", c - 0xDC00, 2);
    if (c >= 0xD800 && c <= 0xDFFF) return put_escape(to, "u", c, 4);
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    to[0] = (char)(lead[more] | c >> (6 * more));
    for (size_t i = 1; i <= more; i++) to[i] = (char)(0x80 | (c >> (6 * (more - i)) & 63));
    return more + 1;
}

/* Writes the first characters; how many bytes these are. Nearly all names are ASCII. */
static size_t put_characters(char *to, PyObject *string, Py_ssize_t length) {
    int kind = PyUnicode_KIND(string);
    const void *data = PyUnicode_DATA(string);
    size_t used = 0;
    if (PyUnicode_IS_ASCII(string) && !memchr(data, 0, (size_t)length)) {
        memcpy(to, data, (size_t)length);
        return (size_t)length;
    }
    for (Py_ssize_t i = 0; i < length; i++)
        used += put_character(to + used, PyUnicode_READ(kind, data, i));
    return used;
}

const char *fil_text_copy(PyObject *string) {
    if (!string || !PyUnicode_Check(string)) return "?";
    Py_ssize_t length = PyUnicode_GET_LENGTH(string);
    if (length > MAX_CHARACTERS) length = MAX_CHARACTERS;
    char *text = room_for((size_t)length * LONGEST + 1);
    if (!text) return "?";
    size_t used = put_characters(text, string, length);
    text[used] = 0;
    newest->used += used + 1;
    return text;
}

void fil_text_drop(const char *text) {
    if (newest && text >= newest->text && text < newest->text + newest->used)
        newest->used = (size_t)(text - newest->text);
}

void fil_text_write(PyObject *string, char *to, size_t size) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(string);
    int kind = PyUnicode_KIND(string);
    const void *data = PyUnicode_DATA(string);
    size_t used = 0;
    for (Py_ssize_t i = 0; i < length && used + LONGEST < size; i++)
        used += put_character(to + used, PyUnicode_READ(kind, data, i));
    to[used] = 0;
}

void fil_text_clear(void) {
    while (newest) {
        struct chunk *older = newest->older;
        engine->blackbox_unmap(newest, sizeof *newest + newest->size);
        newest = older;
    }
}
