/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what each node of a recording in a black box holds, and how much of that was never touched.
 * fil_heldmemory_measure is its main entry. */
#include "heldmemory.h"

#include <stddef.h>

#include "../base/own.h"
#include "../engine/ended.h"
#include "copying.h"

static bool prepare(struct fil_measured *measured, uint32_t count) {
    *measured = (struct fil_measured){.count = count};
    measured->held = fil_own_map(count * sizeof *measured->held);
    measured->untouched = fil_own_map(count * sizeof *measured->untouched);
    return measured->held && measured->untouched;
}

bool fil_heldmemory_prepare(struct fil_heldmemory *held, uint32_t count) {
    *held = (struct fil_heldmemory){.unlooked = 0};
    bool good = prepare(&held->peak, count);
    return prepare(&held->now, count) && good;
}

static void clear(struct fil_measured *measured) {
    fil_own_unmap(measured->held, measured->count * sizeof *measured->held);
    fil_own_unmap(measured->untouched, measured->count * sizeof *measured->untouched);
}

void fil_heldmemory_clear(struct fil_heldmemory *held) {
    clear(&held->peak);
    clear(&held->now);
}

struct measuring {
    struct fil_heldmemory *held;
    const struct fil_touched *seen;
    uint32_t peak_epoch;
};

/* As fil_counters_in_peak. */
static bool was_at_peak(const struct measuring *m, uint32_t born) {
    return (int32_t)(m->peak_epoch - born) >= 0;
}

static void add(int64_t *sum, int64_t bytes) {
    if (*sum <= FIL_COPYING_MOST_BYTES) *sum += bytes; /* more stands in a damaged file */
}

/* What was touched stays so: of two looks the one that found less is the newer. */
static int64_t untouched_of(const struct measuring *m, const struct fil_asked *asked) {
    int64_t untouched = asked->untouched, seen = fil_touched_find(m->seen, asked);
    if (seen < 0 && untouched > 0 && !asked->by_library) add(&m->held->outdated, untouched);
    if (untouched < 0 || (seen >= 0 && seen < untouched)) untouched = seen;
    return untouched < asked->counted ? untouched : asked->counted;
}

static void measure_asked(const struct fil_asked *asked, void *context) {
    const struct measuring *m = context;
    if (asked->node >= m->held->now.count) return; /* damaged */
    bool at_peak = was_at_peak(m, asked->born);
    int64_t untouched = untouched_of(m, asked);
    if (untouched < 0) {
        if (at_peak) add(&m->held->unlooked, asked->counted);
        return;
    }
    size_t bytes = (size_t)untouched;
    fil_measured_untouched(&m->held->now, asked->node, bytes, asked->by_library);
    if (at_peak) fil_measured_untouched(&m->held->peak, asked->node, bytes, asked->by_library);
}

/* What has ended since the peak was looked at then. */
static void measure_ended(const struct measuring *m, const struct fil_blackboxcopy *copies) {
    const struct fil_blackboxcopy_piece *piece =
        fil_blackboxcopy_find(copies, FIL_PIECE_ENDED, 0, sizeof(struct fil_ended_list));
    const struct fil_ended_list *list =
        piece ? (const struct fil_ended_list *)(const void *)piece->copy : NULL;
    if (!list || list->peak != m->peak_epoch) return;
    uint64_t room = (piece->bytes - sizeof *list) / sizeof *list->entries;
    for (uint32_t i = 0; i < list->count && i < room; i++) {
        const struct fil_ended *one = &list->entries[i];
        bool is_sound = one->node < m->held->peak.count && one->bytes < FIL_COPYING_MOST_BYTES;
        if (!one->path && is_sound)
            fil_measured_untouched(&m->held->peak, one->node, one->bytes, one->by_library);
    }
}

void fil_heldmemory_measure(struct fil_heldmemory *held, const struct fil_blackboxcopy *copies,
                            uint32_t peak_epoch, const struct fil_touched *seen) {
    struct measuring m = {held, seen, peak_epoch};
    fil_asked_visit(copies, measure_asked, &m);
    measure_ended(&m, copies);
}

int64_t fil_heldmemory_untouched(const struct fil_measured *measured) {
    int64_t untouched = 0;
    for (uint32_t i = 0; i < measured->count; i++) {
        int64_t held = measured->held[i].bytes, of_it = measured->untouched[i];
        untouched += of_it < held ? of_it : held;
    }
    return untouched;
}
