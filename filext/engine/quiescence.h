/* SPDX-License-Identifier: Apache-2.0 */
/* The quiescent engine (recorder.h): no thread is in a section, and none enters one. The caller
 * holds the recorder's lock `control`. */
#ifndef FIL_QUIESCENCE_H
#define FIL_QUIESCENCE_H

#include "state.h"

/* Once per process, before anything else here. */
void fil_quiescence_prepare(void);
/* No thread is in a section when this returns, and none enters one until the state changes. A
 * thread that is gone, or that doesn't leave its section for two seconds, isn't waited for. */
void fil_quiescence_begin(enum fil_state state);
/* Records again. */
void fil_quiescence_end(void);

#endif
