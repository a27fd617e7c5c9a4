/* SPDX-License-Identifier: Apache-2.0 */
/* Python strings as plain UTF-8 in own memory, read without the GIL and without Python's
 * allocators. */
#ifndef FIL_TEXT_H
#define FIL_TEXT_H

#include <stddef.h>

#include "../fil_engine.h"
#include "frames.h"

/* Once per process: whose memory the copies go into. */
void fil_text_prepare(const struct fil_engine *engine);
/* A copy of `string` as NUL-terminated valid UTF-8: undecodable bytes (surrogateescape) appear as
 * \xNN, other lone surrogates as \uNNNN, NUL as \x00. fil_text_clear drops all copies. "?" for what
 * isn't a string or without memory. */
const char *fil_text_copy(PyObject *string);
/* Drops `text`, a copy, and what was copied since, where that is easy: in the newest chunk. */
void fil_text_drop(const char *text);
void fil_text_clear(void);
/* The same text written into `to`, cut to the characters that fit into `size` bytes with the NUL.
 */
void fil_text_write(PyObject *string, char *to, size_t size);

#endif
