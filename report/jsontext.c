/* SPDX-License-Identifier: Apache-2.0 */
/* Owns texts in JSON: their escapes. fil_jsontext_string is its entry. */
#include "jsontext.h"

#include <cjson/cJSON.h>

#include "cjsonmemory.h"
#include "eightbytes.h"

/* Not 0 where one of the eight bytes has to be escaped: nearly nothing of what a profile has,
 * thousands of paths and lines. */
static inline uint64_t special_in(uint64_t bytes) {
    return fil_eightbytes_below(bytes, ' ') | fil_eightbytes_equal(bytes, '"') |
           fil_eightbytes_equal(bytes, '\\');
}

/* A value lives in `scratch`, which is emptied again. */
static void add_escaped(struct fil_buffer *buffer, struct fil_arena *scratch, const char *text) {
    fil_cjson_begin(scratch);
    const cJSON *value = cJSON_CreateString(text);
    const char *printed = value ? cJSON_PrintUnformatted(value) : NULL;
    fil_cjson_end();
    if (printed) fil_buffer_text(buffer, printed);
    else buffer->failed = true;
    fil_arena_empty(scratch);
}

void fil_jsontext_string(struct fil_buffer *buffer, struct fil_arena *scratch, const char *name,
                         const char *text, const char *after) {
    if (name) {
        fil_buffer_text(buffer, "\"");
        fil_buffer_text(buffer, name);
        fil_buffer_text(buffer, "\": ");
    }
    size_t length = strlen(text);
    if (fil_eightbytes_none(text, length, special_in)) {
        fil_buffer_text(buffer, "\"");
        fil_buffer_add(buffer, text, length);
        fil_buffer_text(buffer, "\"");
    } else {
        add_escaped(buffer, scratch, text);
    }
    fil_buffer_text(buffer, after);
}
