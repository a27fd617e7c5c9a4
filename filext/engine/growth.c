/* SPDX-License-Identifier: Apache-2.0 */
#include "growth.h"

#include "oom.h"
#include "state.h"

/* Growth that no event has checked yet; and whether the state is FENCED because of it, rather than
 * for want of a barrier. */
static atomic_bool noticed, fenced;

void fil_growth_noticed(void) {
    unsigned open = FIL_RECORDING;
    atomic_store_explicit(&noticed, true, memory_order_relaxed);
    if (atomic_compare_exchange_strong(&fil_state_page.state, &open, FIL_RECORDING_FENCED))
        atomic_store(&fenced, true);
}

void fil_growth_look(void) {
    if (!atomic_exchange_explicit(&noticed, false, memory_order_relaxed)) return;
    unsigned closed = FIL_RECORDING_FENCED;
    if (atomic_exchange(&fenced, false))
        atomic_compare_exchange_strong(&fil_state_page.state, &closed, FIL_RECORDING);
    fil_oom_grown();
}

void fil_growth_urged(void) {
    if (atomic_load_explicit(&noticed, memory_order_relaxed)) fil_oom_used_up();
    else fil_growth_noticed();
}
