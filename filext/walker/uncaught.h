/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the program dies of an exception of a certain type that is never caught. */
#ifndef FIL_UNCAUGHT_H
#define FIL_UNCAUGHT_H

#include <stdbool.h>

#include "frames.h"

/* Watches for it from now on, where the calling thread holds the GIL and the program has no audit
 * hooks of its own, which would notice. */
void fil_uncaught_watch(PyObject *type);
/* Whether one was printed since. Needs no Python. */
bool fil_uncaught_seen(void);

#endif
