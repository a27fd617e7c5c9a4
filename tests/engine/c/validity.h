/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine promises, checked all at once, where no other thread is in it: each noun's
 * is_valid (filext/base/debug.h), and that what the tables hold is, node by node, what the
 * counters say. */
#ifndef VALIDITY_H
#define VALIDITY_H

#ifndef FIL_DEBUG
#error "The engine is compiled for its tests with -DFIL_DEBUG"
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../../filext/engine/arenas.h"
#include "../../../filext/engine/calltree.h"
#include "../../../filext/engine/counters.h"
#include "../../../filext/engine/ended.h"
#include "../../../filext/engine/fullest.h"
#include "../../../filext/engine/largeblocks.h"
#include "../../../filext/engine/livetable.h"
#include "../../../filext/engine/mappings.h"
#include "../../../filext/engine/thread.h"
#include "../../../filext/engine/threadnames.h"
#include "../../../filext/engine/timeline.h"

static void subtract_held(uintptr_t address, struct fil_block block, void *held) {
    (void)address;
    ((struct fil_held *)held)[block.node].bytes -= (int64_t)block.bytes;
}

static bool tables_hold_what_the_counters_say(void) {
    uint32_t count = fil_calltree_count();
    struct fil_held *held = calloc(count, sizeof *held);
    bool good = true;
    fil_counters_held(FIL_MOMENT_NOW, held, count);
    fil_livetable_visit(subtract_held, held);
    fil_mappings_visit(subtract_held, held);
    for (uint32_t i = 0; i < count; i++) good &= held[i].bytes == 0;
    free(held);
    return good;
}

struct large_counts {
    size_t live, known;
    uint64_t live_sum, known_sum;
};

static void count_live(uintptr_t address, struct fil_block block, void *counts) {
    struct large_counts *large = counts;
    if (block.bytes < FIL_LARGE_BLOCK) return;
    large->live++;
    large->live_sum += address ^ block.bytes * 3 ^ block.node * 7;
}

static void count_known(uintptr_t address, struct fil_block block, void *counts) {
    struct large_counts *large = counts;
    large->known++;
    large->known_sum += address ^ block.bytes * 3 ^ block.node * 7;
}

/* The large blocks are those of the live table. */
static bool large_blocks_are_the_live_ones(void) {
    struct large_counts large = {0, 0, 0, 0};
    fil_livetable_visit(count_live, &large);
    fil_largeblocks_visit(count_known, &large);
    return large.live == large.known && large.live_sum == large.known_sum;
}

/* The noun that isn't as it should be; NULL when all are. */
static inline const char *broken_noun(void) {
    if (!fil_threads_is_valid()) return "thread";
    if (!fil_threadnames_is_valid()) return "threadnames";
    if (!fil_calltree_is_valid()) return "calltree";
    if (!fil_livetable_is_valid()) return "livetable";
    if (!fil_largeblocks_is_valid() || !large_blocks_are_the_live_ones()) return "largeblocks";
    if (!fil_mappings_is_valid()) return "mappings";
    if (!fil_counters_is_valid()) return "counters";
    if (!fil_ended_is_valid()) return "ended";
    if (!fil_fullest_is_valid()) return "fullest";
    if (!fil_arenas_is_valid()) return "arenas";
    if (!fil_timeline_is_valid(fil_counters_peak())) return "timeline";
    return tables_hold_what_the_counters_say() ? NULL : "the tables' sum";
}

static inline void check_validity(void) {
    const char *broken = broken_noun();
    if (!broken) return;
    fprintf(stderr, "not valid after an event: %s\n", broken);
    abort();
}

#endif
