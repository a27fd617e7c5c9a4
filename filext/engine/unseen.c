/* SPDX-License-Identifier: Apache-2.0 */
#include "unseen.h"

#include <stdint.h>

#include "../platform/os.h"
#include "counters.h"
#include "ranges.h"
#include "residency.h"

static struct {
    size_t going; /* bytes that have gone since it was last asked */
    /* When everything was last looked at: memory that is no file's, and of that what is known to
     * count by looking; what counts otherwise. */
    int64_t resident, known, others;
} unseen;

static int64_t resident_now(void) {
    int64_t files, resident = fil_os_resident_bytes(&files);
    return resident - files;
}

static int64_t others_now(void) {
    return fil_counters_now() - fil_residency_counted();
}

void fil_unseen_none(void) {
    unseen.going = 0;
    unseen.resident = resident_now();
    unseen.known = fil_residency_known();
    unseen.others = others_now();
}

/* A block that went took its pages along, so memory that grew less hides as much. */
static int64_t most_grown(void) {
    int64_t gone = unseen.others - others_now();
    int64_t seen = fil_residency_known() - unseen.known;
    return resident_now() - unseen.resident - seen + (gone > 0 ? gone : 0);
}

bool fil_unseen_matters(void) {
    int64_t least = fil_counters_noticeably_more();
    int64_t missing = (int64_t)fil_ranges_bytes_by_looking() - fil_residency_known();
    return missing >= least && most_grown() >= least;
}

bool fil_unseen_is_time(size_t going) {
    unseen.going += going;
    if (unseen.going < FIL_UNSEEN_GOING) return false;
    unseen.going = 0;
    return true;
}

void fil_unseen_clear(void) {
    unseen.going = 0;
    unseen.resident = unseen.known = unseen.others = 0;
}
