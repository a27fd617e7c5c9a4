/* SPDX-License-Identifier: Apache-2.0 */
/* Freezing: the quiescent engine, copied into a snapshot of its peak. */
#ifndef FIL_FREEZE_H
#define FIL_FREEZE_H

#include <stdbool.h>

#include "../base/snapshot.h"

/* Fills nodes, parts, threads, files, peak (the total at the moment), error bound and timeline
 * (given `seconds`), and of the resident figures those that the engine knows: at_peak, files (given
 * `resident->start` and `start_files`, what was pages of files then), allocator_overhead and
 * profiler. The rest of `*out` is left alone. `request` bytes count at the node `asking`, as if
 * they were there, untouched. Only while the engine is quiescent and every thread flushed. False
 * without memory: then nothing has to be released. */
bool fil_freeze(struct fil_snapshot *out, enum fil_moment moment, uint32_t asking, size_t request,
                int64_t start_files);

/* Notes what lives now as what is there at the end (ending.h): later snapshots tell of it. Only
 * while the engine is quiescent and every thread flushed. Without memory nothing is noted. */
void fil_freeze_end(void);

#endif
