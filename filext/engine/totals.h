/* SPDX-License-Identifier: Apache-2.0 */
/* The counters' totals, in pages of their own: the black box takes them in, and a reader finds the peak by them.
 *
 *   a slot's bytes at the peak = rising || slot.epoch != epoch ? live : saved */
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
    /* Written by the single thread, or under the lock when there is none. */
    struct fil_spinlock lock __attribute__((aligned(128)));
    int64_t current, peak;
    _Atomic bool rising; /* the total is at its maximum: live bytes are the bytes at the peak. Looked at without the lock */
    int64_t sampled;     /* the peak when `sample` was taken */
    struct fil_peak_sample sample;
    int64_t watched; /* the total at which somebody wants to be told next: above the one, */
    int64_t floor;   /* and below the other */
    int64_t ceiling; /* below it nothing needs to be looked at when the total rises: at most peak and `watched` */
    struct fil_thread *last;
    uint32_t in_a_row;      /* syncs of `last` without another thread between */
    _Atomic uint32_t turns; /* how often `last` changed; looked at without the lock */
};

#endif
