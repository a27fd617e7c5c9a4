/* SPDX-License-Identifier: Apache-2.0 */
/* A recording of this Python process: engine, walker and Python's allocators put together. Used by
 * the module and by the session.
 */
#ifndef FIL_RECORDING_H
#define FIL_RECORDING_H

#include <stdbool.h>

#include "../fil_engine.h"

/* The preloaded engine, or NULL: the process wasn't started with the shim. */
const struct fil_engine *fil_recording_engine(void);
/* Begins a recording; false when one is running. With the GIL and the engine there. */
bool fil_recording_start(void);
/* The peak so far, with functions; with `stop` (and the GIL) the recording ends. 0 or
 * FIL_SNAPSHOT_…; release it. */
int fil_recording_snapshot(struct fil_snapshot *out, struct fil_moment_shown shown, bool stop);
void fil_recording_release(struct fil_snapshot *snapshot);

#endif
