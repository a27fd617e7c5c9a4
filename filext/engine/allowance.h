/* SPDX-License-Identifier: Apache-2.0 */
/* An allowance of time: looks of one sort take at most a part of the time since the recording's
 * start, beyond a first credit. No lock: charged by one thread at a time. */
#ifndef FIL_ALLOWANCE_H
#define FIL_ALLOWANCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../platform/os.h"
#include "timeline.h"

struct fil_allowance {
    int64_t share, credit_ns; /* 1/share of the time */
    int64_t spent_ns;
    _Atomic int64_t due_ns; /* when the next look is due, by the coarse clock */
};

/* Any thread, at any time. */
static inline bool fil_allowance_is_due(const struct fil_allowance *allowance) {
    return fil_os_coarse_clock_ns() >=
           atomic_load_explicit(&allowance->due_ns, memory_order_relaxed);
}

static inline void fil_allowance_charge(struct fil_allowance *allowance, int64_t ns) {
    allowance->spent_ns += ns;
    int64_t due =
        fil_timeline.started_ns + (allowance->spent_ns - allowance->credit_ns) * allowance->share;
    atomic_store_explicit(&allowance->due_ns, due, memory_order_relaxed);
}

static inline void fil_allowance_clear(struct fil_allowance *allowance) {
    allowance->spent_ns = 0;
    atomic_store(&allowance->due_ns, 0);
}

#endif
