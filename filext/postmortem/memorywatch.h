/* SPDX-License-Identifier: Apache-2.0 */
/* Watching what memory is left to another process. What it asks for says little: it may never touch
 * it, or long after. From outside it is seen when memory is really used up, and the process is told
 * by a signal, while there is still enough for its report. */
#ifndef FIL_MEMORYWATCH_H
#define FIL_MEMORYWATCH_H

#include "../engine/blackbox.h"
#include "dying.h"

/* Says in the head whether the memory can be watched: the process finds it there. */
void fil_memorywatch_begin(const struct fil_dying *dying, struct fil_blackbox_head *head);
/* Looks when that is due, and tells the process if need be. Milliseconds until it should look
 * again; -1: never. `head`: of its black box, mapped.
 */
int fil_memorywatch_look(const struct fil_dying *dying, struct fil_blackbox_head *head);

#endif
