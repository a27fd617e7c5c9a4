/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints: when the pages of ranges that count by residency may be read again, so that reading
 * takes only a part of the time.
 *
 *   now     in any case
 *   huge    at an event of FIL_HUGE_EVENT and more: up to a fifth of the time since the first look
 *   soon    at one of FIL_LARGE_BLOCK and more: up to a twentieth
 *   later   at any other, after a pause of some milliseconds: up to a twentieth; up to a fifth when
 *           resident memory has grown by 8 MiB since the last look, for what an allocator's arena
 *           grew by is found only by looking
 *
 * The first 100 ms are free, so that a short program is read as often as it needs. */
#ifndef FIL_CHECKPOINTS_H
#define FIL_CHECKPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fil_checkpoint {
    FIL_CHECKPOINT_NOW,
    FIL_CHECKPOINT_HUGE,
    FIL_CHECKPOINT_SOON,
    FIL_CHECKPOINT_LATER,
    FIL_CHECKPOINTS
};
#define FIL_HUGE_EVENT ((size_t)32 << 20) /* bytes */

/* Returns the class of an event of so many bytes. */
enum fil_checkpoint fil_checkpoint_for(size_t bytes);
/* Any thread, at any time. */
bool fil_checkpoint_is_due(enum fil_checkpoint when);
/* Returns the nanoseconds until the next look of LATER may be due. */
int64_t fil_checkpoint_pause(void);
/* After a look that began when the thread had worked for `begun` ns (fil_os_work_ns). Under the
 * mappings' lock. */
void fil_checkpoint_done(int64_t begun);
/* While the engine is quiescent. */
void fil_checkpoints_clear(void);

#endif
