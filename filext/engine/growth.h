/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that grows in small pieces: each time the peak has grown by a step (oom.h) the recorder's door is set ajar, so that
 * whoever comes next takes the slow way and looks at what memory is left. That takes tens of microseconds and may end the
 * process, which is nothing for a section; and the fast way need not know of it. */
#ifndef FIL_GROWTH_H
#define FIL_GROWTH_H

/* The peak has grown by a step. In a section. */
void fil_growth_noticed(void);
/* Looks if there was growth. Outside of a section. */
void fil_growth_look(void);
/* Somebody else saw that memory is short: the next event looks. If none has come until this is called again, it looks itself:
 * memory is being touched that was asked for before. In a signal handler of a thread that is in no hook. */
void fil_growth_urged(void);

#endif
