/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that grows in small pieces. Each time the peak has grown by a step (shortage.h) the
 * recorder's state becomes FENCED, so that the next event takes the slow path and checks available
 * memory. The check takes tens of microseconds and may end the process, so it can't be made inside
 * a section; and the fast path pays nothing for it. */
#ifndef FIL_GROWTH_H
#define FIL_GROWTH_H

/* The peak has grown by a step. In a section. */
void fil_growth_noticed(void);
/* Checks available memory if there was growth. Outside of a section. */
void fil_growth_look(void);
/* The watching process saw that memory is short: the next event checks. If no event came since the
 * last such call, this one checks itself: the program touches memory that it had asked for before.
 * In a signal handler of a thread that is in no hook. */
void fil_growth_urged(void);

#endif
