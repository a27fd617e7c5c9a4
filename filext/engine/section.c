/* SPDX-License-Identifier: Apache-2.0 */
/* Owns how a thread waits at the beginning of a section. fil_section_enter_slowly is its main
 * entry, when the state isn't FIL_RECORDING. */
#include "section.h"

#include "../platform/os.h"
#include "growth.h"

/* Not FIL_RECORDING: the thread waits while another one has the engine quiescent, and doesn't enter
 * when nothing is recorded. Not busy while it waits, or the other would wait for it. FENCED comes
 * here at every event, so growth is looked at first: outside of a section, because that look may
 * write a report and end the process. */
bool fil_section_enter_slowly(struct fil_thread *thread) {
    atomic_store_explicit(&thread->busy, 0, memory_order_release);
    fil_growth_look();
    for (unsigned round = 0;; round++) {
        atomic_store_explicit(&thread->busy, 1, memory_order_relaxed);
        /* The fence that membarrier stands for on the fast path: `busy` is stored before the state
         * is read, as seen from every other thread. */
        atomic_thread_fence(memory_order_seq_cst);
        unsigned state = fil_section_state();
        if (state == FIL_RECORDING || state == FIL_RECORDING_FENCED) return true;
        atomic_store_explicit(&thread->busy, 0, memory_order_release);
        if (state == FIL_STOPPED) return false;
        fil_os_wait(round);
    }
}
