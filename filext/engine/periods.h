/* SPDX-License-Identifier: Apache-2.0 */
/* Periods: the most there was of something in each of at most FIL_PERIODS_MOST periods of equal
 * length since a start. When they are used up, two become one, which keeps the larger figure, and a
 * period is twice as long.
 *
 *   length 8 ms     3 5 | 0 2 | 7 …        one more period than there is room for
 *   length 16 ms     5     2     7
 *
 * Plain memory without a lock: its owner (timeline.h) says who may call. */
#ifndef FIL_PERIODS_H
#define FIL_PERIODS_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/snapshot.h"

#define FIL_PERIODS_MOST FIL_SNAPSHOT_MOST_PERIODS

struct fil_periods {
    int64_t length_ns;
    uint32_t count; /* so far; the last one goes on */
    int64_t most[FIL_PERIODS_MOST];
};

/* Empties them. */
void fil_periods_clear(struct fil_periods *periods);
/* Makes the period of this moment the last one; those that passed since the one before it have
 * `meanwhile`, and so has it. Returns whether it is new; a clock that went back makes none. */
bool fil_periods_reach(struct fil_periods *periods, int64_t since_start_ns, int64_t meanwhile);
/* Something of the last period. */
void fil_periods_raise(struct fil_periods *periods, int64_t figure);
/* Gives the shorter periods the length of the longer ones. False: the one isn't a power of two
 * times the other (damaged). Both lengths are at least 1. */
bool fil_periods_align(struct fil_periods *one, struct fil_periods *other);
/* Adds periods with `meanwhile` up to so many. */
void fil_periods_extend(struct fil_periods *periods, uint32_t count, int64_t meanwhile);

#endif
