/* SPDX-License-Identifier: Apache-2.0 */
/* When the program has ended: after its last line and its own atexit functions, before the
 * interpreter lets go of its variables. */
#ifndef FIL_PROGRAMEND_H
#define FIL_PROGRAMEND_H

#include <stdbool.h>

/* Calls `ended` then, in the process that asks. The program sees nothing of it: no module is
 * imported for it. Where it can't be arranged, it isn't called. With the GIL, before the program
 * begins. */
void fil_programend_call(void (*ended)(void));

/* Whether a profile that is taken now, at the process's end, can tell what the program left: the
 * interpreter is there still, or the program's end was seen before it went. */
bool fil_programend_is_known(void);

#endif
