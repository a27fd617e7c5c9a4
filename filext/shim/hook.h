/* SPDX-License-Identifier: Apache-2.0 */
/* What all interposed functions share. */
#ifndef FIL_HOOK_H
#define FIL_HOOK_H

#include "../engine/recorder.h"
#include "../engine/thread.h"

#define EXPORT __attribute__((visibility("default")))
/* A function of its own: its registers are saved only where it is called. */
#define APART __attribute__((noinline))

/* Whether the hook calls the real function and does nothing else: no recording runs, or the call
 * comes from inside a hook. */
static inline bool fil_hook_passes_through(void) {
    return __builtin_expect(fil_state_is_stopped(), 1) || fil_self.guard;
}

#endif
