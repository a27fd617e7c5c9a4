/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the program that Python was to run began at all: a module that isn't there, a folder
 * without __main__ and a script with a syntax error end before the first line of theirs. */
#ifndef FIL_PROGRAMSTART_H
#define FIL_PROGRAMSTART_H

#include <stdbool.h>

#include "../base/snapshot.h"

/* Remembers where the standard library is. With the GIL, once, when the session begins. */
void fil_programstart_prepare(void);
/* Whether code of the program's has run, in a recording of the whole process. True on any doubt,
 * and always for -c. */
bool fil_programstart_seen(const struct fil_snapshot *snapshot);

#endif
