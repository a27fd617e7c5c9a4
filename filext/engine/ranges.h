/* SPDX-License-Identifier: Apache-2.0 */
/* The ranges of address space that the program mapped: sorted, disjoint, in one array that grows. No lock of its own: all
 * functions are called under the mappings' lock. What a range counts is mappings.c's; this noun only keeps them in order. */
#ifndef FIL_RANGES_H
#define FIL_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What of a range counts towards the peak. */
enum fil_counting {
    FIL_COUNTS_LENGTH,   /* all that was asked for: ordinary memory */
    FIL_COUNTS_RESIDENT, /* what is in memory: a reservation */
    FIL_COUNTS_WRITTEN,  /* pages that are no longer the file's: a file mapped privately */
    FIL_COUNTS_CLOSED,   /* nothing yet: a reservation that nobody may touch, a file mapped privately that nobody may write to */
    FIL_COUNTS_NEVER,    /* a shared file */
    FIL_COUNTINGS
};

struct fil_range {
    uintptr_t start, end; /* multiples of FIL_OS_PAGE */
    size_t counted;       /* bytes that are in the counters now; residency.h knows those that count by looking */
    uint32_t node;        /* the kind's, below the stack that mapped it */
    uint32_t born;        /* epoch */
    uint32_t serial;      /* counts up with each mapping made */
    uint32_t path;        /* of paths.h: a file that can be dropped from memory; 0: none */
    uint32_t slack;       /* bytes before `end` that nobody asked for: a mapping is whole pages */
    enum fil_counting counting;
    bool by_library;         /* as in fil_mapping */
    uint64_t object, offset; /* shared memory that may be mapped more than once: which, and where `start` lies in it. 0: none */
};

static inline bool fil_range_is_looked_at(const struct fil_range *range) {
    return range->counting == FIL_COUNTS_RESIDENT || range->counting == FIL_COUNTS_WRITTEN;
}

/* Where the range ends in its shared memory. */
static inline uint64_t fil_range_object_end(const struct fil_range *range) {
    return range->offset + (range->end - range->start);
}

size_t fil_ranges_count(void);
/* Valid until the next insertion or deletion. */
struct fil_range *fil_ranges_at(size_t index);
/* How many there are that count by looking: what is resident of them, or was written; and that are closed. */
size_t fil_ranges_by_looking(void);
size_t fil_ranges_closed(void);
/* How many bytes the former have together. */
size_t fil_ranges_bytes_by_looking(void);
/* The first range that ends after `address`. */
size_t fil_ranges_after(uintptr_t address);
/* False without memory. */
bool fil_ranges_insert(size_t at, struct fil_range range);
void fil_ranges_delete(size_t at);
void fil_ranges_set_counting(size_t at, enum fil_counting counting);
/* Splits the range at `at` at `address`, which lies inside it; `head_counted` of its bytes stay with the head. False without
 * memory. */
bool fil_ranges_split(size_t at, uintptr_t address, size_t head_counted);
void fil_ranges_clear(void);

#ifdef FIL_DEBUG
bool fil_ranges_is_valid(void); /* debug.h */
#endif

#endif
