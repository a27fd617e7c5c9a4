/* SPDX-License-Identifier: Apache-2.0 */
/* Texts in JSON. */
#ifndef FIL_JSONTEXT_H
#define FIL_JSONTEXT_H

#include "arena.h"
#include "buffer.h"

/* Appends `"name": "text"` as cJSON escapes it, then `after`; without a name, NULL, the text alone.
 * `scratch` is emptied. */
void fil_jsontext_string(struct fil_buffer *buffer, struct fil_arena *scratch, const char *name,
                         const char *text, const char *after);

#endif
