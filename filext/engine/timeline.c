/* SPDX-License-Identifier: Apache-2.0 */
#include "timeline.h"

#include <string.h>

#include "../base/own.h"

#define FIRST_PERIOD_NS 8000000 /* twice the coarse clock's resolution */
#define LEAST_BAND 65536
#define BAND_SHARE 256
#define NOTES_A_BAND                                                                               \
    16u            /* so many notes in a period make the band twice as wide for the rest of it */
#define WIDEST 20u /* doublings */

struct fil_timeline fil_timeline;

void fil_timeline_clear(void) {
    memset(&fil_timeline, 0, sizeof fil_timeline);
    fil_timeline.started_ns = fil_os_coarse_clock_ns();
    fil_timeline.period_ns = FIRST_PERIOD_NS;
}

static void halve(struct fil_timeline *line) {
    for (uint32_t i = 0; i < FIL_TIMELINE_MOST / 2; i++) {
        int64_t first = line->bytes[2 * i],
                second = 2 * i + 1 < line->count ? line->bytes[2 * i + 1] : 0;
        line->bytes[i] = first > second ? first : second;
    }
    line->count = (line->count + 1) / 2;
    line->period_ns *= 2;
}

/* Returns the period of this moment; periods that passed without a note have the total noted last.
 */
static uint32_t reach_period(struct fil_timeline *line, int64_t since_start) {
    while (since_start / line->period_ns >= FIL_TIMELINE_MOST) halve(line);
    uint32_t period = since_start > 0 ? (uint32_t)(since_start / line->period_ns) : 0;
    if (period < line->count)
        return line->count - 1; /* the same period, or a clock that went back */
    while (line->count <= period) line->bytes[line->count++] = line->last;
    line->notes = 0;
    return period;
}

static void raise_to(int64_t *bytes, int64_t total) {
    if (total > *bytes) *bytes = total;
}

int64_t fil_timeline_note(int64_t total, int64_t peak) {
    struct fil_timeline *line = &fil_timeline;
    int64_t since_start = fil_os_coarse_clock_ns() - line->started_ns;
    raise_to(&line->bytes[reach_period(line, since_start)], total);
    line->last = total;
    if (total >= peak) line->peak_ns = since_start;
    int64_t band = peak / BAND_SHARE > LEAST_BAND ? peak / BAND_SHARE : LEAST_BAND;
    uint32_t doublings = line->notes++ / NOTES_A_BAND;
    return band << (doublings < WIDEST ? doublings : WIDEST);
}

void fil_timeline_copy(const struct fil_timeline *line, double seconds, int64_t live, int64_t peak,
                       struct fil_snapshot *out) {
    struct fil_timeline *copy = fil_own_map(sizeof *copy);
    out->timeline = fil_own_map(FIL_TIMELINE_MOST * sizeof *out->timeline);
    if (copy && out->timeline && line->period_ns > 0) {
        *copy = *line;
        raise_to(&copy->bytes[reach_period(copy, (int64_t)(seconds * 1e9))], live);
        uint32_t at_peak = (uint32_t)(copy->peak_ns / copy->period_ns);
        raise_to(&copy->bytes[at_peak < copy->count ? at_peak : copy->count - 1], peak);
        memcpy(out->timeline, copy->bytes, copy->count * sizeof *out->timeline);
        out->timeline_count = copy->count;
        out->timeline_period = (double)copy->period_ns / 1e9;
        out->peak_at = (double)copy->peak_ns / 1e9;
    }
    fil_own_unmap(copy, sizeof *copy);
}

#ifdef FIL_DEBUG
bool fil_timeline_is_valid(int64_t peak) {
    const struct fil_timeline *line = &fil_timeline;
    for (uint32_t i = 0; i < line->count && i < FIL_TIMELINE_MOST; i++) {
        if (line->bytes[i] < 0 || line->bytes[i] > peak) return false;
    }
    return line->count <= FIL_TIMELINE_MOST && line->period_ns > 0 && line->last >= 0 &&
           line->last <= peak;
}
#endif
