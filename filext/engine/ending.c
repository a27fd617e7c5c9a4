/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the note of what lives at the program's end. fil_ending_note is its main entry, at most once
 * in a recording. */
#include "ending.h"

#include <stdatomic.h>
#include <stddef.h>

#include "blackbox.h"

/* NULL: none yet. Written and read while the engine is quiescent, so it needs no lock. */
static struct fil_ending *ending;

static size_t size_of(uint64_t count) {
    return sizeof *ending + count * sizeof *ending->nodes;
}

void fil_ending_note(const struct fil_measured *now) {
    /* A program may end twice, as one that calls Py_FinalizeEx in an atexit function: the first
     * time, all that it held was still there. */
    if (ending) return;
    ending = fil_blackbox_map(FIL_PIECE_ENDING, 0, size_of(now->count));
    if (!ending) return;
    ending->count = now->count;
    ending->bytes = fil_counters_live() - now->reserved;
    for (uint32_t i = 0; i < now->count; i++)
        ending->nodes[i] = (struct fil_ending_node){now->held[i].bytes, now->untouched[i]};
    atomic_signal_fence(memory_order_release); /* for who reads the black box */
    ending->is_whole = 1;
}

const struct fil_ending *fil_ending_noted(void) {
    return ending;
}

void fil_ending_clear(void) {
    if (ending) fil_blackbox_unmap(ending, size_of(ending->count));
    ending = NULL;
}
