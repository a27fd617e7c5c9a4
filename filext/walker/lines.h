/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a code object's instructions, each found from where the last one was found.
 *
 * CPython decodes a code object's location table from its beginning for every question. A module's
 * code runs forward through a table of tens of thousands of entries, and each line that allocates
 * is asked for: importing pandas spent a tenth of its time on that. A cursor remembers where it is
 * in the table; plain data, one thread's own. */
#ifndef FIL_LINES_H
#define FIL_LINES_H

#include <stdint.h>

struct fil_line_cursor {
    uint32_t serial;     /* whose table it is in (codes.h); 0: none */
    uint32_t at;         /* bytes of the table that were read */
    uint32_t start, end; /* the instructions of the last entry read, in bytes */
    int computed;        /* line after that entry's delta */
    int line;            /* that entry's line, -1: none */
};

/* The line of the instruction `offset` bytes into the code, as PyCode_Addr2Line: -1 when it has
 * none. `table` is co_linetable's content of `size` bytes; the cursor is moved, and begins again
 * when `serial` isn't the one it was in. */
int fil_line_at(struct fil_line_cursor *cursor, uint32_t serial, const uint8_t *table,
                uint32_t size, int first_line, uint32_t offset);

#endif
