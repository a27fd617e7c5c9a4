/* SPDX-License-Identifier: Apache-2.0 */
/* Watching what a process touches of the memory that it asked for: what was seen last is known when
 * it was killed. */
#ifndef FIL_TOUCHWATCH_H
#define FIL_TOUCHWATCH_H

#include "../engine/blackbox.h"
#include "dying.h"
#include "touched.h"

/* Looks. Milliseconds until it should look again; -1: never. `head`: of its black box, mapped. */
int fil_touchwatch_look(const struct fil_dying *dying, const struct fil_blackbox_head *head);
/* What was seen last; valid until the next look. */
const struct fil_touched *fil_touchwatch_seen(void);

#endif
