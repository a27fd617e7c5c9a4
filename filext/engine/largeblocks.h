/* SPDX-License-Identifier: Apache-2.0 */
/* Large blocks: those of FIL_LARGE_BLOCK bytes or more that live, and what of each had never been
 * touched when it was last looked at.
 *
 *   one array, by address ─► the first entry without bytes ends it
 *
 * A piece of the black box: when the process is dead its pages are gone, so a reader knows what was
 * never touched only from here. Own lock, which isn't held while pages are read. */
#ifndef FIL_LARGEBLOCKS_H
#define FIL_LARGEBLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../record/block.h"

struct fil_largeblock {
    uintptr_t start;
    struct fil_block block;
    int64_t untouched; /* bytes at the last look, or FIL_NOT_LOOKED_AT */
};

/* Without memory the block isn't known here: then all of it counts as touched. */
void fil_largeblocks_add(uintptr_t start, struct fil_block block);
void fil_largeblocks_remove(uintptr_t start);
/* Looks at the blocks of which not all was touched at the last look; `all`: at every one. */
void fil_largeblocks_look(bool all);
/* Only while the engine is quiescent. */
void fil_largeblocks_visit(fil_visit_block visit, void *context);
void fil_largeblocks_clear(void);
void fil_largeblocks_after_fork(void);

#ifdef FIL_DEBUG
bool fil_largeblocks_is_valid(void); /* debug.h */
#endif

#endif
