/* SPDX-License-Identifier: Apache-2.0 */
/* The counters' totals, in pages of their own: the black box takes them in, and a reader finds the
 * peak by them.
 *
 *   a slot's bytes at the peak = rising ? live : fil_slot_before (thread.h) */
#ifndef FIL_TOTALS_H
#define FIL_TOTALS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/spinlock.h"
#include "../platform/os.h"

struct fil_thread;

/* Bytes that a thread may move before it brings them to the total (counters.h). */
#define FIL_COUNTERS_BATCH 8192

/* The process's memory when the total was near its peak (within 2 % of it, at a maximum's end), or
 * now. */
struct fil_peak_sample {
    int64_t resident, files; /* bytes, of fil_os_resident_bytes */
    int64_t blocks;          /* number of live blocks */
};

struct fil_totals {
    /* Read at each event, written rarely. */
    _Atomic uint32_t epoch __attribute__((aligned(FIL_OS_PAGE)));
    _Atomic(struct fil_thread *)
        exclusive; /* the exclusive writer of what is below; NULL: writers take the lock */
    _Atomic bool exclusive_vacant; /* set at start and after a flush: the next thread to sync
                                      becomes the exclusive writer */
    /* Written by the exclusive writer, or under the lock when there is none. All that a sync needs
     * is in one cache line, because the line moves to and fro between threads that allocate a lot.
     */
    struct fil_spinlock lock __attribute__((aligned(128)));
    _Atomic bool rising; /* the total is at its maximum, so live bytes are the bytes at the peak;
                            read without the lock */
    uint32_t in_a_row;   /* how many syncs in a row `last` has made */
    struct fil_thread *last; /* the thread that synced last; only compared */
    int64_t current, peak;   /* the total now and at its highest, bytes */
    int64_t watched; /* a total above this one, or below `floor`, is reported to the timeline or */
    int64_t floor;   /* to the search for a shortage (counters.c, watcher) */
    int64_t ceiling; /* a total that rises to at most this needs no further look: the smaller of
                        peak and `watched` */
    int64_t sampled; /* the peak when `sample` was taken */
    struct fil_peak_sample sample;
};

/* Resident memory is read again for a peak that is higher by this share and this many bytes. */
#define FIL_SAMPLE_SHARE 64
#define FIL_SAMPLE_LEAST (256 << 10)

/* Whether the sample is of a maximum hardly lower than the peak. */
static inline bool fil_totals_sample_is_near(const struct fil_totals *totals) {
    return totals->peak - totals->sampled <= totals->sampled / FIL_SAMPLE_SHARE + FIL_SAMPLE_LEAST;
}

/* Returns what allocators add to so many blocks, in bytes. An estimate: sizes are rounded up to
 * multiples of 16, which adds 8 on average, and glibc keeps 8 bytes before some blocks. */
static inline int64_t fil_allocator_overhead(int64_t blocks) {
    return blocks * 10;
}

#endif
