/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the account of the time that looks take, and when the next one is allowed.
 * fil_checkpoint_is_due is its main entry, at each event while anything is looked at. */
#include "checkpoints.h"

#include <stdatomic.h>

#include "../platform/os.h"
#include "livetable.h"
#include "timeline.h"

#define SHARE 20
#define HUGE_SHARE 5
#define CREDIT_NS 100000000
#define PAUSE_NS 2000000
#define GROWTH ((int64_t)8 << 20)

static struct {
    int64_t first_ns,
        spent_ns; /* when the first look was; how long all looks took. Under the mappings' lock */
    _Atomic int64_t
        due_ns[FIL_CHECKPOINTS]; /* when the next look is allowed; for LATER: when the pause ends */
    _Atomic int64_t
        least; /* least resident bytes without files since the last look; kept while none is due */
} checkpoints;

static int64_t due(enum fil_checkpoint when) {
    return atomic_load_explicit(&checkpoints.due_ns[when], memory_order_relaxed);
}

static void set_due(enum fil_checkpoint when, int64_t at) {
    atomic_store_explicit(&checkpoints.due_ns[when], at, memory_order_relaxed);
}

static int64_t resident_now(void) {
    int64_t files, resident = fil_os_resident_bytes(&files);
    fil_timeline_note_resident(resident);
    return resident - files;
}

static bool has_grown(void) {
    int64_t now = resident_now(),
            least = atomic_load_explicit(&checkpoints.least, memory_order_relaxed);
    if (now < least) atomic_store_explicit(&checkpoints.least, now, memory_order_relaxed);
    return now - least >= GROWTH;
}

/* Any thread may ask at any time, without the lock; two that ask at once may both be told yes, and
 * the mappings' lock lets one of them look. */
/* Called when the pause is over. */
static __attribute__((noinline)) bool may_look(int64_t now) {
    if (now >= due(FIL_CHECKPOINT_SOON)) return true;
    set_due(FIL_CHECKPOINT_LATER, now + PAUSE_NS);
    return now >= due(FIL_CHECKPOINT_HUGE) && has_grown();
}

/* Called at each event while any range counts by residency, so it reads the coarse clock, at a
 * quarter of the other's cost. To ask at each eighth event isn't enough: after a large allocation
 * in an arena its line often has only a handful of events. */
static inline bool is_due_later(void) {
    int64_t now = fil_os_coarse_clock_ns();
    return now >= due(FIL_CHECKPOINT_LATER) && may_look(now);
}

enum fil_checkpoint fil_checkpoint_for(size_t bytes) {
    if (bytes >= FIL_HUGE_EVENT) return FIL_CHECKPOINT_HUGE;
    return bytes >= FIL_LARGE_BLOCK ? FIL_CHECKPOINT_SOON : FIL_CHECKPOINT_LATER;
}

bool fil_checkpoint_is_due(enum fil_checkpoint when) {
    if (when == FIL_CHECKPOINT_NOW) return true;
    return when == FIL_CHECKPOINT_LATER ? is_due_later() : fil_os_clock_ns() >= due(when);
}

/* By the coarse clock, which may_look and the events' own question use, too: it lags by a few
 * milliseconds, so the pause is rather too long than too short. */
int64_t fil_checkpoint_pause(void) {
    int64_t left = due(FIL_CHECKPOINT_LATER) - fil_os_coarse_clock_ns();
    return left > 0 ? left : 0;
}

void fil_checkpoint_done(int64_t begun) {
    int64_t now = fil_os_clock_ns();
    checkpoints.spent_ns += fil_os_work_ns() - begun;
    if (!checkpoints.first_ns) checkpoints.first_ns = now;
    int64_t owed = checkpoints.spent_ns - CREDIT_NS;
    set_due(FIL_CHECKPOINT_HUGE, checkpoints.first_ns + owed * HUGE_SHARE);
    set_due(FIL_CHECKPOINT_SOON, checkpoints.first_ns + owed * SHARE);
    set_due(FIL_CHECKPOINT_LATER, now + PAUSE_NS);
    /* Growth is measured from this look on, but only while looks wait for their time. */
    if (due(FIL_CHECKPOINT_SOON) > now)
        atomic_store_explicit(&checkpoints.least, resident_now(), memory_order_relaxed);
}

void fil_checkpoints_clear(void) {
    checkpoints.first_ns = checkpoints.spent_ns = 0;
    for (int i = 0; i < FIL_CHECKPOINTS; i++) set_due((enum fil_checkpoint)i, 0);
}
