/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way from an instruction to its line, without the GIL and without an object. fil_line_at
 * is its entry.
 *
 * The location table (CPython's Objects/locations.md; the same from 3.11 to 3.15): a run of
 * entries, each a first byte 1kkkknnn (k: kind, n + 1: code units) and bytes below 0x80 behind it.
 * Only the lines are read, columns are skipped. */
#include "lines.h"

#include <stdbool.h>

enum kind { ONE_LINE_0 = 10, ONE_LINE_2 = 12, NO_COLUMNS = 13, LONG = 14, NO_LOCATION = 15 };

/* A signed number of 6-bit groups, lowest first, bit 0 the sign. */
static int signed_number(const uint8_t *table, uint32_t size, uint32_t at) {
    uint32_t number = 0;
    for (unsigned shift = 0; at < size && shift < 32; shift += 6) {
        number |= (uint32_t)(table[at] & 63) << shift;
        if (!(table[at++] & 64)) break;
    }
    return number & 1 ? -(int)(number >> 1) : (int)(number >> 1);
}

static bool next_entry(struct fil_line_cursor *cursor, const uint8_t *table, uint32_t size) {
    if (cursor->at >= size) return false;
    uint8_t first = table[cursor->at];
    unsigned kind = first >> 3 & 15;
    if (kind >= ONE_LINE_0 && kind <= ONE_LINE_2) cursor->computed += (int)kind - ONE_LINE_0;
    else if (kind == NO_COLUMNS || kind == LONG)
        cursor->computed += signed_number(table, size, cursor->at + 1);
    cursor->line = kind == NO_LOCATION ? -1 : cursor->computed;
    cursor->start = cursor->end;
    cursor->end += 2 * ((first & 7u) + 1);
    do cursor->at++;
    while (cursor->at < size && !(table[cursor->at] & 0x80));
    return true;
}

int fil_line_at(struct fil_line_cursor *cursor, uint32_t serial, const uint8_t *table,
                uint32_t size, int first_line, uint32_t offset) {
    if (cursor->serial != serial || offset < cursor->start)
        *cursor = (struct fil_line_cursor){.serial = serial, .computed = first_line, .line = -1};
    while (offset >= cursor->end) {
        if (!next_entry(cursor, table, size)) return -1;
    }
    return cursor->line;
}
