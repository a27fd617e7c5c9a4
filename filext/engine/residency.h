/* SPDX-License-Identifier: Apache-2.0 */
/* Residency: what counts by looking, page by page. page => the node that its bytes are counted for.
 *
 *   address ─► fan (2^36 bytes each) ─► region of 16 MiB ─► 5 bytes a page: its node, and whether it counts
 *
 * So an allocator's arena may be held by many lines, and whatever part of it is given back is theirs who held it. 0.1 % of what
 * is counted, made where something is. Guarded by the mappings' lock; the events are called in a section. */
#ifndef FIL_RESIDENCY_H
#define FIL_RESIDENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "livetable.h"
#include "thread.h"

#define FIL_RESIDENCY_BEFORE UINT32_MAX /* in a node's place: pages that were there before the recording, and don't count */

/* Looks at [start, end), whole pages: those that came into memory are `node`'s, those that went are given up. `written`: only
 * pages that are no longer a file's. */
void fil_residency_look_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end, bool written, uint32_t node);
/* How many bytes of [start, end) are known to be there. */
size_t fil_residency_known_in_locked(uintptr_t start, uintptr_t end);
/* The same of everything; and without what was there before the recording. */
int64_t fil_residency_known(void);
int64_t fil_residency_counted(void);
/* Gives up what is counted of it. */
void fil_residency_forget_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end);
/* Only with the engine at rest. */
void fil_residency_clear(void);

#ifdef FIL_DEBUG
bool fil_residency_is_valid(void); /* debug.h */
/* Shows every run of pages that counts, as a block (debug.h). */
void fil_residency_visit(fil_visit_block visit, void *context);
#endif

#endif
