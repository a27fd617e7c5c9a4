/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the one look at all large blocks and mappings that a snapshot takes. fil_measured_fill is
 * its main entry. */
#include "measured.h"

#include <stddef.h>

#include "../base/own.h"
#include "calltree.h"
#include "ended.h"
#include "largeblocks.h"
#include "mappings.h"

bool fil_measured_prepare(struct fil_measured *m) {
    m->count = fil_calltree_count();
    m->held = fil_own_map(m->count * sizeof *m->held);
    m->untouched = fil_own_map(m->count * sizeof *m->untouched);
    return m->held && m->untouched;
}

void fil_measured_clear(struct fil_measured *m) {
    /* The count is that of prepare: the tree doesn't grow while the engine is quiescent. */
    fil_own_unmap(m->held, m->count * sizeof *m->held);
    fil_own_unmap(m->untouched, m->count * sizeof *m->untouched);
    m->held = NULL;
    m->untouched = NULL;
}

struct measuring {
    struct fil_measured *peak, *now; /* NULL: not wanted */
};

static bool was_at_peak(const struct measuring *m, uint32_t born) {
    return m->peak && fil_counters_in_peak(born);
}

static void visit_block(uintptr_t address, struct fil_block block, void *context) {
    const struct measuring *m = context;
    bool at_peak = was_at_peak(m, block.born);
    if (!at_peak && !m->now) return;
    /* One look at the pages for both moments. For the peak it is what is still untouched now: pages
     * that were touched since the peak are missing, so the figure is a lower bound. */
    int64_t untouched = (int64_t)fil_os_untouched_in(address, block.bytes);
    if (at_peak && block.node < m->peak->count) m->peak->untouched[block.node] += untouched;
    if (m->now && block.node < m->now->count) m->now->untouched[block.node] += untouched;
}

static int64_t measure_ranges(const struct measuring *m) {
    int64_t reserved_now = 0;
    for (size_t i = 0; i < fil_ranges_count(); i++) {
        const struct fil_range *range = fil_ranges_at(i);
        /* A library's range is read in any case: what it reserves now is told, whatever is
         * measured. */
        bool at_peak = was_at_peak(m, range->born),
             is_wanted = at_peak || m->now || range->by_library;
        size_t untouched = is_wanted ? fil_ranges_untouched(range) : 0;
        if (range->by_library) reserved_now += (int64_t)untouched;
        if (at_peak) fil_measured_untouched(m->peak, range->node, untouched, range->by_library);
        if (m->now) fil_measured_untouched(m->now, range->node, untouched, range->by_library);
    }
    return reserved_now;
}

/* Large blocks and mappings: those that live are looked at, those that ended since the peak were.
 */
int64_t fil_measured_fill(struct fil_measured *peak, struct fil_measured *now) {
    struct measuring m = {peak, now};
    if (peak) fil_counters_held(FIL_MOMENT_PEAK, peak->held, peak->count);
    if (now) fil_counters_held(FIL_MOMENT_NOW, now->held, now->count);
    fil_largeblocks_visit(visit_block, &m);
    int64_t reserved_now = measure_ranges(&m);
    size_t count;
    const struct fil_ended *ended = fil_ended_list(&count);
    for (size_t i = 0; peak && i < count; i++) {
        if (!ended[i].path)
            fil_measured_untouched(peak, ended[i].node, ended[i].bytes, ended[i].by_library);
    }
    return reserved_now;
}
