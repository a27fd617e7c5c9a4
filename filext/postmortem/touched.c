/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what was seen from outside of a process's touched memory. fil_touched_look is its main
 * entry, while the process lives. */
#include "touched.h"

#include <stddef.h>

#include "../base/own.h"
#include "../engine/largeblocks.h"
#include "../platform/process.h"

#define FIRST_ROOM 128u

/* NULL when it isn't there. */
static const struct fil_touched_one *find(const struct fil_touched *touched,
                                          const struct fil_asked *asked) {
    const struct fil_touched_list *in = &touched->of[asked->sort];
    uint32_t low = 0, high = in->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (in->list[middle].start < asked->start) low = middle + 1;
        else high = middle;
    }
    const struct fil_touched_one *one = low < in->count ? &in->list[low] : NULL;
    bool is_it =
        one && one->start == asked->start && one->bytes == asked->bytes && one->born == asked->born;
    return is_it ? one : NULL;
}

int64_t fil_touched_find(const struct fil_touched *touched, const struct fil_asked *asked) {
    const struct fil_touched_one *one = touched ? find(touched, asked) : NULL;
    return one ? one->untouched : FIL_NOT_LOOKED_AT;
}

static bool make_room(struct fil_touched_list *in) {
    if (in->count < in->room) return true;
    uint32_t room = in->room ? in->room * 2 : FIRST_ROOM;
    struct fil_touched_one *grown =
        fil_own_grow(in->list, in->room * sizeof *grown, room * sizeof *grown);
    if (!grown) return false;
    in->list = grown;
    in->room = room;
    return true;
}

struct looking {
    const struct fil_touched *before;
    struct fil_touched *now;
    int pages;
    bool has_moved, has_fallen; /* resident memory, since the last look */
    bool is_other;              /* something is different */
};

/* What was touched stays so unless resident memory falls. */
static void look_at(const struct looking *l, struct fil_touched_one *one) {
    bool is_known = one->untouched == 0 || (one->untouched > 0 && !l->has_moved);
    if (is_known && !l->has_fallen) return;
    uint64_t full = l->has_fallen ? 0 : one->full;
    int64_t untouched = fil_process_untouched_in(l->pages, one->start, one->bytes, &full);
    if (untouched < 0) return;
    one->untouched = untouched;
    one->full = full;
}

static void look(const struct fil_asked *asked, void *context) {
    struct looking *l = context;
    struct fil_touched_list *in = &l->now->of[asked->sort];
    const struct fil_touched_one *before = find(l->before, asked);
    struct fil_touched_one one = {asked->start, asked->bytes, 0, FIL_NOT_LOOKED_AT, asked->born};
    if (before) one = *before;
    look_at(l, &one);
    l->is_other |= !before || one.untouched != before->untouched;
    if (make_room(in)) in->list[in->count++] = one;
}

bool fil_touched_look(struct fil_touched *touched, const struct fil_blackboxcopy *copies,
                      int process_id, int pages) {
    struct fil_touched now = {.resident = fil_process_resident_bytes(process_id)};
    struct looking l = {.before = touched,
                        .now = &now,
                        .pages = pages,
                        .has_moved = now.resident != touched->resident,
                        .has_fallen = now.resident < touched->resident};
    fil_asked_visit(copies, look, &l);
    fil_touched_clear(touched);
    *touched = now;
    return l.is_other;
}

void fil_touched_clear(struct fil_touched *touched) {
    for (int sort = 0; sort < FIL_ASKED_SORTS; sort++)
        fil_own_unmap(touched->of[sort].list,
                      touched->of[sort].room * sizeof *touched->of[sort].list);
    *touched = (struct fil_touched){0};
}
