/* SPDX-License-Identifier: Apache-2.0 */
/* Touching: what was asked for and never touched, kept up to date while the process lives, for who
 * reads the black box after its death (largeblocks.h, ranges.h).
 *
 * To touch memory is no event. So it is looked at where resident memory is looked at anyway: when a
 * maximum ends, when the timeline is noted, and at the first events after the total leapt, since
 * what was asked for is touched then. Nothing waits for a lock here, and all looks together take a
 * hundredth of the time, and 10 ms. */
#ifndef FIL_TOUCHING_H
#define FIL_TOUCHING_H

/* Looks, if the allowed time isn't used up. In a section. */
void fil_touching_look(void);
/* Looks in any case, since the process may end now. In a section. */
void fil_touching_look_last(void);
/* Pages of memory that stays mapped are given back: what was touched may not be any more. Any
 * thread, at any time. */
void fil_touching_undone(void);
/* While the engine is quiescent. */
void fil_touching_clear(void);
void fil_touching_after_fork(void);

#endif
