/* SPDX-License-Identifier: Apache-2.0 */
/* What each node of a recording in a black box holds, at the peak and at the end, and how much of
 * that was never touched, as far as that is known. */
#ifndef FIL_HELDMEMORY_H
#define FIL_HELDMEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "../engine/measured.h"
#include "touched.h"

struct fil_heldmemory {
    struct fil_measured peak, now;
    int64_t unlooked; /* bytes of the peak that weren't looked at: they count as touched */
    int64_t outdated; /* bytes that weren't touched when the process itself last looked, which no
                         other process has since */
};

/* Makes room for so many nodes. False without memory; clear it in either case. */
bool fil_heldmemory_prepare(struct fil_heldmemory *held, uint32_t count);
void fil_heldmemory_clear(struct fil_heldmemory *held);
/* Adds what was never touched, and leaves out what libraries reserved and never touched.
 * `peak_epoch`: fil_counters_peak_epoch's. `seen`: from outside; NULL: nothing was. */
void fil_heldmemory_measure(struct fil_heldmemory *held, const struct fil_blackboxcopy *copies,
                            uint32_t peak_epoch, const struct fil_touched *seen);
/* Returns all that was never touched. */
int64_t fil_heldmemory_untouched(const struct fil_measured *measured);

#endif
