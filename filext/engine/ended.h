/* SPDX-License-Identifier: Apache-2.0 */
/* What was part of the peak and has ended since, with the figures that could only be measured
 * before its end.
 *
 * Large blocks and mappings: how much of them was never touched. Mapped files: how much of them was
 * in memory. Entries belong to one peak: the first one after a new peak begins a new list. A piece
 * of the black box. Own lock. */
#ifndef FIL_ENDED_H
#define FIL_ENDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fil_ended {
    uint32_t node;
    uint32_t path;   /* of paths.h: a mapped file; 0: a block or another mapping */
    size_t bytes;    /* of a file: mapped bytes; else bytes that were never touched */
    size_t resident; /* of a file: resident bytes */
    bool by_library; /* as in fil_mapping: what was never touched isn't part of the peak */
};

/* `count` is written after the entries, so that the black box's reader finds only whole ones. */
struct fil_ended_list {
    uint32_t peak; /* epoch of the peak that they belong to */
    uint32_t count;
    struct fil_ended entries[];
};

/* Adds what is about to end; the caller has checked that it was part of the peak
 * (fil_counters_in_peak). Without memory it is dropped. */
void fil_ended_add(struct fil_ended ended);
/* The entries that belong to the present peak. Only while the engine is quiescent. */
const struct fil_ended *fil_ended_list(size_t *count);
void fil_ended_clear(void);
void fil_ended_after_fork(void);

#ifdef FIL_DEBUG
bool fil_ended_is_valid(void); /* debug.h */
#endif

#endif
