/* SPDX-License-Identifier: Apache-2.0 */
/* Eight bytes of a text looked at together: what most texts don't have is looked for in a few
 * instructions for eight bytes, where a loop over bytes takes them for each. */
#ifndef FIL_EIGHTBYTES_H
#define FIL_EIGHTBYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The same byte eight times. */
#define FIL_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not 0 where one of the eight bytes is below `limit`, which is at most 0x80: only there the
 * subtraction sets a byte's uppermost bit, which isn't set in the byte itself. */
static inline uint64_t fil_eightbytes_below(uint64_t bytes, unsigned limit) {
    return (bytes - FIL_EACH(limit)) & ~bytes & FIL_EACH(0x80);
}

static inline uint64_t fil_eightbytes_equal(uint64_t bytes, unsigned char byte) {
    return fil_eightbytes_below(bytes ^ FIL_EACH(byte), 1);
}

/* Whether `finds` is 0 for the whole text; the last eight bytes overlap those before them, and a
 * short text is filled up with blanks. */
static inline bool fil_eightbytes_none(const char *text, size_t length,
                                       uint64_t (*finds)(uint64_t bytes)) {
    uint64_t bytes = FIL_EACH(' '), found = 0;
    for (size_t i = 0; i + sizeof bytes <= length; i += sizeof bytes) {
        memcpy(&bytes, text + i, sizeof bytes);
        found |= finds(bytes);
    }
    if (length >= sizeof bytes) memcpy(&bytes, text + length - sizeof bytes, sizeof bytes);
    else memcpy(&bytes, text, length);
    return !(found | finds(bytes));
}

#endif
