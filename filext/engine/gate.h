/* SPDX-License-Identifier: Apache-2.0 */
/* The gate of the short way, opened (record/statepage.h tells what it promises). What changes one
 * of the promises closes it, by fil_state_close_gate. */
#ifndef FIL_GATE_H
#define FIL_GATE_H

#include "../fil_engine.h"
#include "../record/event.h"
#include "state.h"
#include "thread.h"

/* Opens the gate for the calling thread, where all is as it must be. In its section, when an event
 * of its own has gone the long way. */
__attribute__((noinline, cold)) void fil_gate_open(struct fil_thread *thread,
                                                   const struct fil_walker *walker);

static inline bool fil_gate_names(const struct fil_thread *thread) {
    return atomic_load_explicit(&fil_state_page.words.gate, memory_order_acquire) == thread;
}

/* Sets when an allocation must go the long way for the sake of ranges that count by residency. */
__attribute__((noinline, cold)) void fil_gate_set_look(void);
static inline bool fil_gate_looks(void) {
    return atomic_load_explicit(&fil_state_page.words.look_at, memory_order_relaxed);
}

#ifdef FIL_DEBUG
/* debug.h. Whether all holds that the gate promises to the calling thread, which is in a section of
 * the short way; or the gate is closed by now, since what is no longer so was changed meanwhile.
 * `is_fresh`: NULL where the memo isn't used unasked. */
bool fil_gate_is_valid(const struct fil_thread *thread, fil_memo_is_fresh is_fresh);
#endif

#endif
