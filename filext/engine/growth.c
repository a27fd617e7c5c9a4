/* SPDX-License-Identifier: Apache-2.0 */
/* Owns whether memory has grown by a step that no event has checked yet. fil_growth_noticed is its
 * main entry, from inside a section. */
#include "growth.h"

#include "shortage.h"
#include "state.h"

/* Growth that no event has checked yet; and whether the state is FENCED because of it, rather than
 * for want of a barrier. */
static atomic_bool noticed, fenced;

void fil_growth_noticed(void) {
    unsigned plain = FIL_RECORDING;
    atomic_store_explicit(&noticed, true, memory_order_relaxed);
    /* Only from RECORDING: a state that is FENCED for want of a barrier stays so, and one that is
     * paused or stopped belongs to the thread that made it so. */
    if (atomic_compare_exchange_strong(&fil_state_page.words.state, &plain, FIL_RECORDING_FENCED))
        atomic_store(&fenced, true);
    /* The short way doesn't look at the state. */
    fil_state_close_gate();
}

void fil_growth_look(void) {
    if (!atomic_exchange_explicit(&noticed, false, memory_order_relaxed)) return;
    unsigned slow = FIL_RECORDING_FENCED;
    if (atomic_exchange(&fenced, false))
        atomic_compare_exchange_strong(&fil_state_page.words.state, &slow, FIL_RECORDING);
    fil_shortage_grown();
}

void fil_growth_urged(void) {
    if (atomic_load_explicit(&noticed, memory_order_relaxed)) fil_shortage_used_up();
    else fil_growth_noticed();
}
