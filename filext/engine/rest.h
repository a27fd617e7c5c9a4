/* SPDX-License-Identifier: Apache-2.0 */
/* The engine at rest (recorder.h): nobody is in a section, and nobody enters one.
 *
 * The caller holds the recorder's lock `control`. */
#ifndef FIL_REST_H
#define FIL_REST_H

#include "recorder.h"

/* Once per process, before anything else here. */
void fil_rest_prepare(void);
/* Brings the engine to rest: nobody is in a section when this returns, and nobody enters one until
 * the state changes. */
void fil_rest_begin(enum fil_state state);
/* Records again. */
void fil_rest_end(void);

#endif
