/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the state word, and how the engine becomes quiescent. fil_quiescence_begin is its main
 * entry. */
#include "quiescence.h"

#include "../platform/os.h"
#include "thread.h"

/* About two seconds, so that a thread that never leaves its section (a longjmp out of a hook) can't
 * block a stop for ever. */
#define MAX_WAIT_ROUNDS 2000u

struct fil_state_page fil_state_page;
/* Whether the kernel has membarrier. Without it each section begins with a fence of its own, and
 * the state is FENCED while anything is recorded. Written once, before any other thread exists. */
static bool has_barrier;

void fil_quiescence_prepare(void) {
    has_barrier = fil_os_barrier_prepare();
}

static void set_state(enum fil_state state, memory_order order) {
    atomic_store_explicit(&fil_state_page.words.state, state, order);
}

void fil_quiescence_end(void) {
    /* Release; pairs with the acquire of fil_section_state: a thread that enters a section
     * sees all that was written while the engine was quiescent. */
    set_state(has_barrier ? FIL_RECORDING : FIL_RECORDING_FENCED, memory_order_release);
}

void fil_quiescence_begin(enum fil_state state) {
    /* Store the state, then load each `busy`; a thread stores its `busy`, then loads the state. The
     * barrier stands for a fence between both in every thread at once, so at least one of the two
     * sees the other's store: either we wait for the thread, or it turns back. */
    set_state(state, memory_order_seq_cst);
    fil_state_close_gate();
    if (has_barrier) fil_os_barrier();
    atomic_thread_fence(memory_order_seq_cst);
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) {
        unsigned round = 0;
        while (atomic_load_explicit(&t->busy, memory_order_acquire) && round < MAX_WAIT_ROUNDS) {
            /* A thread that was killed in its section, as by pthread_cancel, never leaves it: the
             * system knows. */
            if (round == 100 && !fil_os_thread_exists(t->thread_id)) break;
            fil_os_wait(round++);
        }
    }
}
