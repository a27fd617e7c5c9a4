/* SPDX-License-Identifier: Apache-2.0 */
/* Residency: of memory that counts by resident pages, the node that each page counts for.
 *
 *   address ─► fan (2^36 bytes each) ─► region of 16 MiB ─► 5 bytes a page: its node, and
 *                                                           whether it counts
 *
 * So many lines may hold parts of one arena, and a part that is given back is subtracted where it
 * was counted. The table takes 0.1 % of what it describes, and exists only where something counts.
 * Guarded by the mappings' lock; the functions with a thread are called in a section. */
#ifndef FIL_RESIDENCY_H
#define FIL_RESIDENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "livetable.h"
#include "thread.h"

/* In a node's place: pages that were there before the recording, and don't count. */
#define FIL_RESIDENCY_BEFORE UINT32_MAX

/* Reads the pages of [start, end), which is whole pages: newly resident ones count for `node` from
 * now on, those that are gone no longer count. `written`: only pages copied by a write count, as of
 * a file. */
void fil_residency_look_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end,
                               bool written, uint32_t node);
/* How many bytes of [start, end) were resident at the last look. */
size_t fil_residency_known_in_locked(uintptr_t start, uintptr_t end);
/* The same of all regions; and without the pages from before the recording. */
int64_t fil_residency_known(void);
int64_t fil_residency_counted(void);
/* Stops counting the pages of [start, end). */
void fil_residency_forget_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end);
/* Only while the engine is quiescent. */
void fil_residency_clear(void);

#ifdef FIL_DEBUG
bool fil_residency_is_valid(void); /* debug.h */
/* Shows every run of pages that counts, as a block (debug.h). */
void fil_residency_visit(fil_visit_block visit, void *context);
#endif

#endif
