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
uint32_t fil_walk_stack(void **its_memo, uint32_t root, bool is_attached);
/* See fil_walker.refresh. */
bool fil_walk_refresh(void *memo, uint32_t root);
#ifdef FIL_DEBUG
/* debug.h. Whether the short way may use the memo: its stack is of the present code, below `root`.
 */
bool fil_walk_is_fresh(const void *memo, uint32_t root);
#endif
#ifdef FIL_VERIFY
/* For tests: ends the process when a walk that remembers nothing doesn't give this node. */
void fil_walk_verify(uint32_t root, bool is_attached, uint32_t node);
#endif
/* Whether pymalloc alone is Python's allocator. */
bool fil_walk_has_pymalloc(void);
/* Whether Python's objects lie in the arenas of the interpreter's own mimalloc. */
bool fil_walk_has_mimalloc(void);

#endif
