/* SPDX-License-Identifier: Apache-2.0 */
/* Owns two bounds on what may have become resident since the last look at everything.
 * fil_unseen_matters is its main entry, before memory goes. */
#include "unseen.h"

#include <stdint.h>

#include "../platform/os.h"
#include "counters.h"
#include "ranges.h"
#include "residency.h"
#include "timeline.h"

static struct {
    size_t going; /* bytes that were freed or unmapped since the bounds were last tried */
    /* In bytes, when all ranges were last read: resident memory without files; the known part of it
     * that counts by residency; and what counts in other ways. */
    int64_t resident, known, others;
} unseen;

static int64_t resident_now(void) {
    int64_t files, resident = fil_os_resident_bytes(&files);
    fil_timeline_note_resident(resident);
    return resident - files;
}

static int64_t others_now(void) {
    return fil_counters_now() - fil_residency_counted();
}

void fil_unseen_none(void) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    unseen.going = 0;
    unseen.resident = resident_now();
    unseen.known = fil_residency_known();
    unseen.others = others_now();
}

/* Returns how many unseen bytes may have become resident. A freed block took its pages along, so
 * growth by that much doesn't show in the process's memory. */
static int64_t most_grown(void) {
    int64_t gone = unseen.others - others_now();
    int64_t seen = fil_residency_known() - unseen.known;
    return resident_now() - unseen.resident - seen + (gone > 0 ? gone : 0);
}

bool fil_unseen_matters(void) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    /* The subtraction first: the second bound reads /proc. */
    int64_t least = fil_counters_noticeably_more();
    int64_t missing = (int64_t)fil_ranges_bytes_by_looking() - fil_residency_known();
    return missing >= least && most_grown() >= least;
}

bool fil_unseen_is_time(size_t going) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    unseen.going += going;
    if (unseen.going < FIL_UNSEEN_GOING) return false;
    /* Tried now, so the bounds are due again after as many bytes. */
    unseen.going = 0;
    return true;
}

void fil_unseen_clear(void) {
    unseen.going = 0;
    unseen.resident = unseen.known = unseen.others = 0;
}
