/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the figures of live and resident memory over time. fil_timeline_note is its main entry for
 * the total, and fil_timeline_note_resident for resident memory. */
#include "timeline.h"

#include <string.h>

#include "../base/own.h"
#include "../base/spinlock.h"

#define LEAST_BAND 65536
#define BAND_SHARE 256
/* A change smaller than the band isn't noted: 64 KiB, or a 256th of the peak, which is less than a
 * pixel of any picture of it. */
/* So many notes in a period make the band twice as wide for the rest of it. */
#define NOTES_A_BAND 16u
#define WIDEST 20u /* doublings */

struct fil_timeline fil_timeline;
/* Guards the resident part alone. The live part is written by who owns the totals: the exclusive
 * writer, or the holder of their lock. */
static struct fil_spinlock resident_lock = FIL_SPINLOCK(FIL_LOCK_RESIDENT);

void fil_timeline_clear(void) {
    memset(&fil_timeline, 0, sizeof fil_timeline);
    fil_timeline.started_ns = fil_os_coarse_clock_ns();
    fil_periods_clear(&fil_timeline.live);
    fil_periods_clear(&fil_timeline.resident);
}

/* What one thread has allocated and not brought to the total yet another may have freed already:
 * then the total is less than nothing for a while. */
int64_t fil_timeline_note(int64_t total, int64_t peak) {
    struct fil_timeline *line = &fil_timeline;
    if (total < 0) total = 0;
    int64_t since_start = fil_os_coarse_clock_ns() - line->started_ns;
    /* Periods without a note had the total that was noted last, to within the band. */
    if (fil_periods_reach(&line->live, since_start, line->last)) line->notes = 0;
    fil_periods_raise(&line->live, total);
    line->last = total;
    if (total >= peak) line->peak_ns = since_start;
    int64_t band = peak / BAND_SHARE > LEAST_BAND ? peak / BAND_SHARE : LEAST_BAND;
    /* A program that allocates and frees in a loop would leave any band all the time: it gets a
     * wider one until the period is over. */
    uint32_t doublings = line->notes++ / NOTES_A_BAND;
    return band << (doublings < WIDEST ? doublings : WIDEST);
}

void fil_timeline_note_resident(int64_t bytes) {
    struct fil_timeline *line = &fil_timeline;
    /* Tried and not waited for: the caller may hold the totals' lock, and the thread that has this
     * one notes a figure of the same moment. */
    if (!bytes || !fil_spinlock_try(&resident_lock)) return;
    fil_periods_reach(&line->resident, fil_os_coarse_clock_ns() - line->started_ns, 0);
    fil_periods_raise(&line->resident, bytes);
    fil_spinlock_unlock(&resident_lock);
}

static int64_t *copied(const struct fil_periods *periods) {
    int64_t *figures = fil_own_map(FIL_PERIODS_MOST * sizeof *figures);
    if (figures) memcpy(figures, periods->most, periods->count * sizeof *figures);
    return figures;
}

/* Both parts get the same periods. */
static void put_resident(struct fil_timeline *copy, struct fil_snapshot *out) {
    struct fil_periods *live = &copy->live, *resident = &copy->resident;
    if (!resident->count || !fil_periods_align(live, resident)) return;
    fil_periods_extend(live, resident->count, copy->last);
    fil_periods_extend(resident, live->count, 0);
    out->timeline_resident = copied(resident);
}

static void put_live(const struct fil_timeline *copy, struct fil_snapshot *out) {
    out->timeline = copied(&copy->live);
    if (!out->timeline) return;
    out->timeline_count = copy->live.count;
    out->timeline_period = (double)copy->live.length_ns / 1e9;
    out->peak_at = (double)copy->peak_ns / 1e9;
}

void fil_timeline_copy(const struct fil_timeline *line, double seconds, int64_t live, int64_t peak,
                       struct fil_snapshot *out) {
    /* A copy, because the line may be a black box's, or go on after this snapshot. Not on the
     * stack, which may be a small thread's. */
    struct fil_timeline *copy = fil_own_map(sizeof *copy);
    if (copy && line->live.length_ns > 0) {
        *copy = *line;
        fil_periods_reach(&copy->live, (int64_t)(seconds * 1e9), copy->last);
        fil_periods_raise(&copy->live, live);
        put_resident(copy, out);
        /* The band hides up to a 256th of the peak: where the peak was, it is shown whole. */
        uint32_t at_peak = (uint32_t)(copy->peak_ns / copy->live.length_ns);
        if (at_peak >= copy->live.count) at_peak = copy->live.count - 1;
        if (copy->live.most[at_peak] < peak) copy->live.most[at_peak] = peak;
        put_live(copy, out);
    }
    fil_own_unmap(copy, sizeof *copy);
}

void fil_timeline_after_fork(void) {
    fil_spinlock_reset(&resident_lock);
}

#ifdef FIL_DEBUG
static bool are_within(const struct fil_periods *periods, int64_t highest) {
    if (periods->count > FIL_PERIODS_MOST || periods->length_ns <= 0) return false;
    for (uint32_t i = 0; i < periods->count; i++) {
        if (periods->most[i] < 0 || periods->most[i] > highest) return false;
    }
    return true;
}

bool fil_timeline_is_valid(int64_t peak) {
    const struct fil_timeline *line = &fil_timeline;
    return are_within(&line->live, peak) && are_within(&line->resident, INT64_MAX) &&
           line->last >= 0 && line->last <= peak;
}
#endif
