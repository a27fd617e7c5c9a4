/* SPDX-License-Identifier: Apache-2.0 */
/* The encodings of source files that aren't UTF-8: those of one byte a character, and the usual
 * Chinese, Japanese and Korean ones. libc's iconv allocates and loads code, so their tables are
 * ours (encodingtables.py). Plain data, read by any thread. */
#ifndef FIL_ENCODINGS_H
#define FIL_ENCODINGS_H

#include <stddef.h>
#include <stdint.h>

struct fil_encoding;

/* The encoding that a source file's text declares as Python has it (PEP 263), in a comment of its
 * first line or its second. NULL: UTF-8, or one that isn't known here, of which then the ASCII part
 * is shown. */
const struct fil_encoding *fil_encoding_of(const char *text, size_t size);
/* The character at `at`, of `left` bytes, at least 1; U+FFFD where there is none. Gives how many
 * bytes it takes. */
size_t fil_encoding_character(const struct fil_encoding *encoding, const unsigned char *at,
                              size_t left, uint32_t *character);

#endif
