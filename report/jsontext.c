/* SPDX-License-Identifier: Apache-2.0 */
/* Owns texts in JSON: their escapes. fil_jsontext_string is its entry. */
#include "jsontext.h"

#include <cjson/cJSON.h>

#include "cjsonmemory.h"

/* Whether nothing in it has to be escaped: so it is with nearly all that a profile has, thousands
 * of paths and lines. */
static bool stands_as_it_is(const char *text, size_t length) {
    bool plain = true; /* without a way out of the loop: it looks at many bytes at once */
    for (size_t i = 0; i < length; i++)
        plain &= (unsigned char)text[i] >= ' ' && text[i] != '"' && text[i] != '\\';
    return plain;
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
    if (stands_as_it_is(text, length)) {
        fil_buffer_text(buffer, "\"");
        fil_buffer_add(buffer, text, length);
        fil_buffer_text(buffer, "\"");
    } else {
        add_escaped(buffer, scratch, text);
    }
    fil_buffer_text(buffer, after);
}
