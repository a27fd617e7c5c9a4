/* SPDX-License-Identifier: Apache-2.0 */
/* What a process asked for in large pieces, as its black box has it: the large blocks
 * (engine/largeblocks.h), and the mappings that count by their length (engine/ranges.h). */
#ifndef FIL_ASKED_H
#define FIL_ASKED_H

#include <stdbool.h>
#include <stdint.h>

#include "blackboxcopy.h"

enum fil_asked_sort { FIL_ASKED_BLOCK, FIL_ASKED_MAPPING, FIL_ASKED_SORTS };

struct fil_asked {
    enum fil_asked_sort sort;
    uint64_t start, bytes; /* of address space */
    uint32_t node, born;
    int64_t counted;   /* bytes */
    int64_t untouched; /* of them, at the process's own last look; FIL_NOT_LOOKED_AT */
    bool by_library;   /* as in fil_mapping */
};

/* Copies the pieces that have it, as they are now. False without memory, or when the file is
 * damaged. */
bool fil_asked_copy(struct fil_blackboxcopy *copies);
/* Calls `visit` for each, of one sort after the other, by address; in bounds, but for the node. */
void fil_asked_visit(const struct fil_blackboxcopy *copies,
                     void (*visit)(const struct fil_asked *asked, void *context), void *context);

#endif
