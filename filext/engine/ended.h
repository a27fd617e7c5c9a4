/* SPDX-License-Identifier: Apache-2.0 */
/* What was part of the peak and has ended since: the reports tell of it what could only be measured while it was there.
 *
 * Large blocks and mappings: how much of them was never touched. Mapped files: how much of them was in memory. A new peak makes
 * the list worthless, and the first entry after it begins a new one. Own lock. */
#ifndef FIL_ENDED_H
#define FIL_ENDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fil_ended {
    uint32_t node;
    uint32_t path;   /* of paths.h: a mapped file; 0: a block or another mapping */
    size_t bytes;    /* mapped from the file; or never touched */
    size_t resident; /* of the file's pages */
    bool by_library; /* as in fil_range: what was never touched isn't part of the peak */
};

/* Remembers what is about to end, if it was part of the peak, which the caller has checked (fil_counters_in_peak). Without memory
 * it is forgotten. */
void fil_ended_add(struct fil_ended ended);
/* The entries that belong to the present peak. Only with the engine at rest. */
const struct fil_ended *fil_ended_list(size_t *count);
void fil_ended_clear(void);
void fil_ended_after_fork(void);

#ifdef FIL_DEBUG
bool fil_ended_is_valid(void); /* debug.h */
#endif

#endif
