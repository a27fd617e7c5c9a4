/* SPDX-License-Identifier: Apache-2.0 */
/* Owns when the gate of the short way is opened. Its main entry is fil_gate_open, at the end of an
 * event that went the long way. */
#include "gate.h"

#include "../platform/os.h"
#include "counters.h"
#include "mappings.h"

/* By the processor's own clock: any other takes a call, and each allocation of the short way asks
 * for it. */
void fil_gate_set_look(void) {
    bool wants = fil_mappings_want_checkpoints();
    uint64_t at = wants ? fil_os_ticks() + fil_os_ticks_in(fil_checkpoint_pause()) : 0;
    atomic_store_explicit(&fil_state_page.words.look_at, at, memory_order_relaxed);
}

/* All that the gate promises (record/statepage.h). A memo that is of dead code is emptied here, so
 * that the short way needn't look at what it is of. */
static bool may_open(const struct fil_thread *thread, const struct fil_walker *walker) {
    unsigned state = atomic_load_explicit(&fil_state_page.words.state, memory_order_acquire);
    return state == FIL_RECORDING && fil_counters_is_exclusive(thread) && thread->is_settled &&
           (fil_gate_looks() || !fil_mappings_want_checkpoints()) &&
           walker->refresh(thread->memo, thread->root);
}

/* Each change of what the gate promises is made before the gate is closed for it, and here the gate
 * is opened before all is looked at once more: so one of both sees the other. */
void fil_gate_open(struct fil_thread *thread, const struct fil_walker *walker) {
    fil_gate_set_look();
    if (!may_open(thread, walker)) return;
    atomic_store_explicit(&fil_state_page.words.gate, thread, memory_order_seq_cst);
    atomic_thread_fence(memory_order_seq_cst);
    if (!may_open(thread, walker)) fil_state_close_gate();
}

#ifdef FIL_DEBUG
/* About two seconds, for a thread that has made a change and is about to close the gate for it. */
#define MAX_WAIT_ROUNDS 2000u

static bool holds(const struct fil_thread *thread) {
    unsigned state = atomic_load_explicit(&fil_state_page.words.state, memory_order_acquire);
    return state == FIL_RECORDING && fil_counters_is_exclusive(thread) && thread->is_settled &&
           (fil_gate_looks() || !fil_mappings_want_checkpoints());
}

static bool is_callers(const struct fil_thread *thread) {
    return thread == fil_self.thread && thread->local == &fil_self &&
           thread->pointer == fil_os_thread_pointer();
}

bool fil_gate_is_valid(const struct fil_thread *thread, fil_memo_is_fresh is_fresh) {
    for (unsigned round = 0; round < MAX_WAIT_ROUNDS; round++) {
        bool is_good = holds(thread) && (!is_fresh || is_fresh(thread->memo, thread->root));
        if (is_good || !fil_gate_names(thread)) return is_callers(thread);
        fil_os_wait(round);
    }
    return false;
}
#endif
