/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the copying of a black box whose writer may go on writing. fil_copying_all is its main
 * entry. */
#include "copying.h"

#include <string.h>

#include "asked.h"

#define TRIALS 10

void fil_copying_keep_in_bounds(int64_t *bytes) {
    if (*bytes < 0 || *bytes > FIL_COPYING_MOST_BYTES) *bytes = 0;
}

/* They are copied again and again, and known by what they say: the copy goes. */
static bool copy_totals(struct fil_blackboxcopy *copies, struct fil_totals *totals) {
    if (!fil_blackboxcopy_copy(copies, FIL_PIECE_COUNTERS)) return false;
    const struct fil_blackboxcopy_piece *piece =
        fil_blackboxcopy_find(copies, FIL_PIECE_COUNTERS, 0, sizeof *totals);
    if (!piece) return false;
    memcpy(totals, piece->copy, sizeof *totals);
    fil_blackboxcopy_drop(copies);
    int64_t *figures[] = {&totals->peak,
                          &totals->sampled,
                          &totals->sample.resident,
                          &totals->sample.files,
                          &totals->sample.blocks,
                          &copies->head.resident_start,
                          &copies->head.files_start};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        fil_copying_keep_in_bounds(figures[i]);
    return true;
}

static bool same_moment(const struct fil_totals *a, const struct fil_totals *b) {
    return a->epoch == b->epoch && a->rising == b->rising && a->peak == b->peak;
}

/* What names something is copied after it: slots know nodes, nodes functions, functions text. So
 * everything named is there. */
static bool copy_pieces(struct fil_blackboxcopy *copies) {
    static const enum fil_piece order[] = {
        FIL_PIECE_ENDED,   FIL_PIECE_TIMELINE,  FIL_PIECE_FULLEST,     FIL_PIECE_ENDING,
        FIL_PIECE_SLOTS,   FIL_PIECE_NODES,     FIL_PIECE_THREADNAMES, FIL_PIECE_CHILDREN,
        FIL_PIECE_PROCESS, FIL_PIECE_FUNCTIONS, FIL_PIECE_TEXT};
    if (!fil_asked_copy(copies)) return false;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (!fil_blackboxcopy_copy(copies, order[i])) return false;
    }
    return true;
}

int64_t fil_copying_all(struct fil_blackboxcopy *copies, struct fil_totals *totals, bool runs) {
    for (int trial = 1;; trial++) {
        struct fil_totals before;
        fil_blackboxcopy_forget(copies);
        if (!copy_totals(copies, &before) || !copy_pieces(copies) || !copy_totals(copies, totals))
            return -1;
        if (!runs || same_moment(&before, totals)) return 0;
        int64_t moved = totals->peak - before.peak;
        if (trial == TRIALS) return moved > 0 ? moved : 0;
    }
}
