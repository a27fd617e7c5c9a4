/* SPDX-License-Identifier: Apache-2.0 */
/* How a text ends. */
#ifndef FIL_ENDTEXT_H
#define FIL_ENDTEXT_H

#include <stdbool.h>
#include <string.h>

static inline bool fil_ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

#endif
