/* SPDX-License-Identifier: Apache-2.0 */
/* The side table: address => block for the few blocks that the live table's layout can't hold. A
 * hash under one lock, grown by doubling; exact for any address, node and size. */
#ifndef FIL_SIDETABLE_H
#define FIL_SIDETABLE_H

#include <stdbool.h>

#include "../record/block.h"

/* Enters or replaces; false without memory. `*displaced` is the block that stood there,
 * `*was_there` whether one did. */
bool fil_sidetable_put(uintptr_t address, struct fil_block block, struct fil_block *displaced,
                       bool *was_there);
bool fil_sidetable_take(uintptr_t address, struct fil_block *block);
bool fil_sidetable_find(uintptr_t address, struct fil_block *block);
/* Shows every block of at least so many bytes. Only while the engine is quiescent. */
void fil_sidetable_visit(size_t least, fil_visit_block visit, void *context);
void fil_sidetable_clear(void);
void fil_sidetable_after_fork(void);

#ifdef FIL_DEBUG
bool fil_sidetable_is_valid(void); /* debug.h */
#endif

#endif
