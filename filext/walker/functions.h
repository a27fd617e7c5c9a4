/* SPDX-License-Identifier: Apache-2.0 */
/* Functions: what a code object is called, once for all code objects of the same name, file and
 * first line. A program that calls `eval` a million times makes a million code objects and one
 * function.
 *
 * The names are copies in own memory, so that reports, signal handlers and the time after Python's
 * end need no Python object; they lie in the black box, if there is one. All but the text's own are
 * guarded by the code registry's lock (codes.h). */
#ifndef FIL_FUNCTIONS_H
#define FIL_FUNCTIONS_H

#include <stdint.h>

#include "../fil_engine.h"
#include "frames.h"

/* Once per process: whose memory the functions and their names go into. */
void fil_functions_prepare(const struct fil_engine *engine);
/* The number of the code object's function, from 1; 0 without memory. */
uint32_t fil_functions_number(PyCodeObject *code);
/* As fil_codes_copy, but for the lock. */
int fil_functions_copy(struct fil_function **copy, uint32_t *count);
/* Forgets all, names too. */
void fil_functions_clear(void);

#endif
