/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings: the ranges the program got from mmap and its kin, apart from blocks.
 *
 * Sorted, disjoint ranges under one lock. An ordinary range counts its length. A reservation (PROT_NONE or MAP_NORESERVE) counts
 * what is resident, re-read at checkpoints; a terabyte of it frightens nobody. All functions but clear are called in a section.
 */
#ifndef FIL_MAPPINGS_H
#define FIL_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "thread.h"

/* The program mapped [start, start + bytes): whatever of ours lay there is gone. */
void fil_mappings_add(struct fil_thread *thread, uintptr_t start, size_t bytes, uint32_t node, bool reservation);
/* The program unmapped it, or mapped something there that isn't counted. */
void fil_mappings_remove(struct fil_thread *thread, uintptr_t start, size_t bytes);
/* The same for the one range that begins at `start`. */
void fil_mappings_remove_whole(struct fil_thread *thread, uintptr_t start);
/* mremap: the range is now [new_start, new_start + new_bytes), made by `node`'s line. */
void fil_mappings_move(struct fil_thread *thread, uintptr_t old_start, size_t old_bytes, uintptr_t new_start, size_t new_bytes,
                       uint32_t node);
/* Re-reads what is resident of the reservations, at most about 2 % of the time unless `now`. */
void fil_mappings_checkpoint(struct fil_thread *thread, bool now);
/* Whether there is any reservation to look at. */
bool fil_mappings_reserved(void);
void fil_mappings_clear(void);
void fil_mappings_after_fork(void);

#endif
