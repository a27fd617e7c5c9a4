/* SPDX-License-Identifier: Apache-2.0 */
#include "quiescence.h"

#include "../platform/os.h"
#include "thread.h"

/* About two seconds, so that a thread that never leaves its section (a longjmp out of a hook) can't
 * block a stop for ever. */
#define MAX_WAIT_ROUNDS 2000u

struct fil_state_page fil_state_page;
static bool has_barrier;

void fil_quiescence_prepare(void) {
    has_barrier = fil_os_barrier_prepare();
}

static void set_state(enum fil_state state, memory_order order) {
    atomic_store_explicit(&fil_state_page.state, state, order);
}

void fil_quiescence_end(void) {
    set_state(has_barrier ? FIL_RECORDING : FIL_RECORDING_FENCED, memory_order_release);
}

void fil_quiescence_begin(enum fil_state state) {
    set_state(state, memory_order_seq_cst);
    if (has_barrier) fil_os_barrier();
    atomic_thread_fence(memory_order_seq_cst);
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) {
        unsigned round = 0;
        while (atomic_load_explicit(&t->busy, memory_order_acquire) && round < MAX_WAIT_ROUNDS) {
            if (round == 100 && !fil_os_thread_exists(t->thread_id)) break;
            fil_os_wait(round++);
        }
    }
}
