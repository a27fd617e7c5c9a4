/* SPDX-License-Identifier: Apache-2.0 */
/* The ranges of address space that the program mapped: sorted, disjoint, in one array that grows, a
 * piece of the black box, which the first range without an end ends. mappings.c decides what a
 * range counts; here they are only kept in order. They have the lock of all that is known of
 * mappings, under which all functions are called, or while the engine is quiescent. */
#ifndef FIL_RANGES_H
#define FIL_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/spinlock.h"

/* The mappings' lock: guards ranges, paths, residency, the unseen and when to look again. */
extern struct fil_spinlock fil_ranges_lock __attribute__((visibility("hidden")));

/* Which part of a range counts towards the peak. */
enum fil_counting {
    FIL_COUNTS_LENGTH,       /* all that was asked for: ordinary memory */
    FIL_COUNTS_RESIDENT,     /* resident pages: a reservation */
    FIL_COUNTS_WRITTEN,      /* pages copied by a write: a file mapped privately */
    FIL_COUNTS_INACCESSIBLE, /* nothing yet: a PROT_NONE reservation, a file mapped privately and
                                read-only */
    FIL_COUNTS_NEVER,        /* a shared file */
    FIL_COUNTINGS
};

struct fil_range {
    uintptr_t start, end; /* multiples of FIL_OS_PAGE */
    size_t counted;    /* bytes that are in the counters now; 0 for ranges by residency, whose pages
                          residency.h counts */
    uint32_t node;     /* of the memory's kind, below the stack that mapped it */
    uint32_t born;     /* epoch (counters.h) */
    uint32_t serial;   /* number of the mapping; a newer one has a larger number */
    uint32_t path;     /* number in paths.h of a file whose pages the system can drop; 0: none */
    uint32_t slack;    /* bytes before `end` that weren't asked for: a mapping is whole pages */
    int64_t untouched; /* of what counts by its length: block.h */
    enum fil_counting counting;
    bool by_library;         /* as in fil_mapping */
    uint64_t object, offset; /* as in fil_mapping; `offset` is that of `start` */
};

/* Whether it counts by residency, which is read again at checkpoints ("by looking"). */
static inline bool fil_range_is_looked_at(const struct fil_range *range) {
    return range->counting == FIL_COUNTS_RESIDENT || range->counting == FIL_COUNTS_WRITTEN;
}

/* Where the range ends in its shared memory. */
static inline uint64_t fil_range_object_end(const struct fil_range *range) {
    return range->offset + (range->end - range->start);
}

/* Numbers the mappings in their order. The newest may be asked by any thread, at any time. */
uint32_t fil_ranges_new_serial(void);
uint32_t fil_ranges_newest(void);

size_t fil_ranges_count(void);
/* Valid until the next insertion or deletion. */
struct fil_range *fil_ranges_at(size_t index);
/* How many ranges count by looking, and how many are inaccessible. Any thread, without the lock. */
size_t fil_ranges_by_looking(void);
size_t fil_ranges_inaccessible(void);
/* How many bytes of address space the former have together. */
size_t fil_ranges_bytes_by_looking(void);
/* The first range that ends after `address`. */
size_t fil_ranges_after(uintptr_t address);
/* False without memory. */
bool fil_ranges_insert(size_t at, struct fil_range range);
void fil_ranges_delete(size_t at);
void fil_ranges_set_counting(size_t at, enum fil_counting counting);
/* Splits the range with index `at` at `address`, which lies inside it; `head_counted` of its
 * counted bytes stay with the head. False without memory. */
bool fil_ranges_split(size_t at, uintptr_t address, size_t head_counted);
/* Returns how many bytes of a range that counts by its length were never touched. */
size_t fil_ranges_untouched(const struct fil_range *range);
/* Keeps what that is of those of which some wasn't touched at the last look; `all`: of every one.
 */
void fil_ranges_look_untouched(bool all);
void fil_ranges_clear(void);

#ifdef FIL_DEBUG
bool fil_ranges_is_valid(void); /* debug.h */
#endif

#endif
