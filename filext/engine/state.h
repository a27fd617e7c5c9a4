/* SPDX-License-Identifier: Apache-2.0 */
/* The state word: whether anything is recorded. Every hook reads it, and nothing else while nothing
 * is recorded. It changes where the engine becomes quiescent (quiescence.h), and where growth makes
 * each event take the slow path (growth.h). It has a page of its own that the system wipes in a
 * forked child, who finds zero: FIL_STOPPED. */
#ifndef FIL_STATE_H
#define FIL_STATE_H

#include <stdatomic.h>
#include <stdbool.h>

enum fil_state {
    FIL_STOPPED,
    FIL_RECORDING,
    /* Each event takes the slow path: the kernel has no membarrier, or free memory must be checked.
     */
    FIL_RECORDING_FENCED,
    FIL_PAUSED
};

struct fil_state_page {
    atomic_uint state;
    char rest[4096 - sizeof(atomic_uint)];
} __attribute__((aligned(4096)));
/* Of quiescence.c. */
extern struct fil_state_page fil_state_page __attribute__((visibility("hidden")));

static inline bool fil_state_is_stopped(void) {
    return atomic_load_explicit(&fil_state_page.state, memory_order_relaxed) == FIL_STOPPED;
}

#endif
