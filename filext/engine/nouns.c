/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the order in which the engine's nouns are emptied, and reset in a forked child. Its entries
 * are fil_nouns_forget and fil_nouns_after_fork. */
#include "nouns.h"

#include "arenas.h"
#include "blackbox.h"
#include "calltree.h"
#include "counters.h"
#include "ended.h"
#include "ending.h"
#include "fullest.h"
#include "largeblocks.h"
#include "livetable.h"
#include "mappings.h"
#include "reserve.h"
#include "sidetable.h"
#include "thread.h"
#include "threadnames.h"
#include "touching.h"

void fil_nouns_forget(void) {
    /* The call tree comes last, because all others name its nodes. The walker's nouns, in the
     * extension, are emptied before the next recording (`prepare` of fil_recorder_start). */
    fil_livetable_clear();
    fil_largeblocks_clear();
    fil_touching_clear();
    fil_mappings_clear();
    fil_ended_clear();
    fil_ending_clear();
    fil_fullest_clear();
    fil_threads_clear();
    fil_threadnames_clear();
    fil_counters_clear();
    fil_calltree_clear();
}

/* Each lock may have been held by a thread that doesn't exist here. */
void fil_nouns_after_fork(void) {
    /* The black box comes first: until it is let go, what any of the others writes lands in the
     * parent's file. */
    fil_blackbox_after_fork();
    fil_threads_after_fork();
    fil_counters_after_fork();
    fil_mappings_after_fork();
    fil_largeblocks_after_fork();
    fil_touching_after_fork();
    fil_arenas_after_fork();
    fil_ended_after_fork();
    fil_fullest_after_fork();
    fil_threadnames_after_fork();
    fil_reserve_after_fork();
    fil_calltree_after_fork();
    fil_sidetable_after_fork();
}
