/* SPDX-License-Identifier: Apache-2.0 */
/* Owns when the process looks at what of its memory was never touched. fil_touching_look is its
 * main entry, where resident memory is looked at anyway. */
#include "touching.h"

#include "../base/spinlock.h"
#include "allowance.h"
#include "largeblocks.h"
#include "ranges.h"

static struct {
    struct fil_spinlock lock;
    struct fil_allowance time;
    atomic_bool undone; /* at what was touched, it must be looked again, too */
} touching = {.lock = FIL_SPINLOCK(FIL_LOCK_TOUCHING),
              .time = {.share = 100, .credit_ns = 10000000}};

void fil_touching_undone(void) {
    atomic_store_explicit(&touching.undone, true, memory_order_relaxed);
}

/* The mappings' lock may be held by this very thread: then they are looked at the next time. */
static void look_at_ranges(bool all) {
    if (!fil_spinlock_try(&fil_ranges_lock)) {
        if (all) fil_touching_undone();
        return;
    }
    fil_ranges_look_untouched(all);
    fil_spinlock_unlock(&fil_ranges_lock);
}

static void look(void) {
    /* Nothing waits here: the caller may hold the totals' lock, and the next look is soon. */
    if (!fil_spinlock_try(&touching.lock)) return; /* another thread looks already */
    int64_t begun = fil_os_work_ns();
    bool all = atomic_exchange_explicit(&touching.undone, false, memory_order_relaxed);
    fil_largeblocks_look(all);
    look_at_ranges(all);
    fil_allowance_charge(&touching.time, fil_os_work_ns() - begun);
    fil_timeline.touched_ns = fil_os_coarse_clock_ns() - fil_timeline.started_ns;
    fil_spinlock_unlock(&touching.lock);
}

void fil_touching_look(void) {
    if (fil_allowance_is_due(&touching.time)) look();
}

void fil_touching_look_last(void) {
    look();
}

void fil_touching_clear(void) {
    fil_allowance_clear(&touching.time);
    fil_touching_after_fork();
}

void fil_touching_after_fork(void) {
    fil_spinlock_reset(&touching.lock);
    atomic_store(&touching.undone, false);
}
