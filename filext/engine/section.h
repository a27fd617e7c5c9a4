/* SPDX-License-Identifier: Apache-2.0 */
/* A section: the time in which a thread writes its record, its slots and the tables. The engine is
 * quiescent when no thread is in one (quiescence.h). The short way has its own, by the gate
 * (record/event.h). */
#ifndef FIL_SECTION_H
#define FIL_SECTION_H

#include "../base/debug.h"
#include "state.h"
#include "thread.h"

/* The rest of fil_section_enter: returns whether the section has begun. */
__attribute__((noinline, cold)) bool fil_section_enter_slowly(struct fil_thread *thread);

/* Acquire; pairs with fil_quiescence_end: an entering thread sees all writes that were made while
 * the engine was quiescent. */
static inline unsigned fil_section_state(void) {
    return atomic_load_explicit(&fil_state_page.words.state, memory_order_acquire);
}

/* Begins a section of the calling thread, whose record it returns; NULL when nothing is recorded.
 * Two plain accesses in this order are enough: fil_quiescence_begin() has the barrier for both
 * sides. */
static inline struct fil_thread *fil_section_enter(void) {
    struct fil_thread *thread = fil_self.thread;
    if (__builtin_expect(!thread, 0)) {
        thread = fil_thread_register();
        if (!thread) return NULL;
    }
    atomic_store_explicit(&thread->busy, 1, memory_order_relaxed);
    /* For the compiler alone; the processor may still exchange the two. */
    atomic_signal_fence(memory_order_seq_cst);
    bool is_in = __builtin_expect(fil_section_state() == FIL_RECORDING, 1);
    return is_in || fil_section_enter_slowly(thread) ? thread : NULL;
}

static inline void fil_section_leave(struct fil_thread *thread) {
    FIL_PROMISE(fil_thread_is_valid(thread));
    /* Release; pairs with the acquire in fil_quiescence_begin: who waited for this thread sees all
     * that it wrote. */
    atomic_store_explicit(&thread->busy, 0, memory_order_release);
}

/* Whether a signal handler has interrupted a section of its own thread. */
static inline bool fil_section_is_open(void) {
    const struct fil_thread *thread = fil_self.thread;
    return thread && atomic_load_explicit(&thread->busy, memory_order_relaxed);
}

#endif
