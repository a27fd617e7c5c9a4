/* SPDX-License-Identifier: Apache-2.0 */
/* The counters' totals, in pages of their own: the black box takes them in, and a reader finds the peak by them.
 *
 *   a slot's bytes at the peak = rising ? live : fil_slot_before (thread.h) */
#ifndef FIL_TOTALS_H
#define FIL_TOTALS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../platform/os.h"
#include "spinlock.h"

struct fil_thread;

/* How things stood when the total was near its peak (within 2 % of it, at a maximum's end), or stand now. */
struct fil_peak_sample {
    int64_t resident, files; /* as from fil_os_resident_bytes */
    int64_t blocks;          /* live */
};

struct fil_totals {
    /* Read at each event, written rarely. */
    _Atomic uint32_t epoch __attribute__((aligned(FIL_OS_PAGE)));
    _Atomic(struct fil_thread *) single;
    _Atomic bool is_open; /* whoever comes next syncs at once, and is single: nobody has since the beginning, or a flush */
    /* Written by the single thread, or under the lock when there is none: what a sync needs is one cache line, which goes to and
     * fro between threads that allocate a lot. */
    struct fil_spinlock lock __attribute__((aligned(128)));
    _Atomic bool rising; /* the total is at its maximum: live bytes are the bytes at the peak. Looked at without the lock */
    uint32_t in_a_row;   /* syncs of `last` without another thread between */
    struct fil_thread *last;
    int64_t current, peak;
    int64_t watched; /* the total at which somebody wants to be told next: above the one, */
    int64_t floor;   /* and below the other */
    int64_t ceiling; /* below it nothing needs to be looked at when the total rises: at most peak and `watched` */
    int64_t sampled; /* the peak when `sample` was taken */
    struct fil_peak_sample sample;
};

/* Resident memory is read anew for a peak that is higher by this share and this many bytes. */
#define FIL_SAMPLE_SHARE 64
#define FIL_SAMPLE_LEAST (256 << 10)

/* Whether the sample is of a maximum hardly lower than the peak. */
static inline bool fil_totals_sample_is_near(const struct fil_totals *totals) {
    return totals->peak - totals->sampled <= totals->sampled / FIL_SAMPLE_SHARE + FIL_SAMPLE_LEAST;
}

/* What allocators add to so many blocks, in bytes; an estimate: they give multiples of 16 bytes, 8 more than asked for on
 * average, and glibc keeps 8 before each block of its own. */
static inline int64_t fil_allocator_overhead(int64_t blocks) {
    return blocks * 10;
}

#endif
