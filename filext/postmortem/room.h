/* SPDX-License-Identifier: Apache-2.0 */
/* Room: a program may lose the right to open its recording's file, by becoming another user, or a
 * descriptor to do it with. Who watches it has them still, and makes room in the file when it is
 * asked to. */
#ifndef FIL_ROOM_H
#define FIL_ROOM_H

#include "../engine/blackbox.h"

/* From now on, in a thread of its own, until this process ends. `path`: of the file whose head this
 * is, the program's. */
void fil_room_begin(const char *path, int process_id, struct fil_blackbox_head *head);

#endif
