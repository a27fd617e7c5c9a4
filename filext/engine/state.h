/* SPDX-License-Identifier: Apache-2.0 */
/* Whether anything is recorded, and the gate of the short way (record/statepage.h). The state
 * changes where the engine becomes quiescent (quiescence.h), and where growth makes each event take
 * the slow path (growth.h). */
#ifndef FIL_STATE_H
#define FIL_STATE_H

#include <stdbool.h>

#include "../record/statepage.h"

/* Of quiescence.c. */
extern struct fil_state_page fil_state_page __attribute__((visibility("hidden")));

static inline bool fil_state_is_stopped(void) {
    return atomic_load_explicit(&fil_state_page.words.state, memory_order_relaxed) == FIL_STOPPED;
}

/* After the change that makes the short way wrong. Any thread, also in a signal handler. */
static inline void fil_state_close_gate(void) {
    atomic_store_explicit(&fil_state_page.words.gate, NULL, memory_order_seq_cst);
}

#endif
