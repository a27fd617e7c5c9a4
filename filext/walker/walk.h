/* SPDX-License-Identifier: Apache-2.0 */
/* The walker: the calling thread's Python stack as a node of the call tree. */
#ifndef FIL_WALK_H
#define FIL_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "../fil_engine.h"

/* Before the first walk. */
void fil_walk_prepare(const struct fil_engine *engine);
/* See fil_walker.stack in recorder.h. Reads only the calling thread's own frames; no GIL, no Python
 * API that allocates. */
uint32_t fil_walk_stack(void **memo, uint32_t root, bool is_attached);
/* Whether Python's objects lie in the arenas of the interpreter's own mimalloc. */
bool fil_walk_has_mimalloc(void);

#endif
