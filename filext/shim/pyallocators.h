/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks for Python's own allocators: pymalloc's blocks count one by one, its arenas don't (the
 * guard is set). The GIL is held. */
#ifndef FIL_PYALLOCATORS_H
#define FIL_PYALLOCATORS_H

#include "../fil_engine.h"

/* See fil_engine.wrap_python_allocator. */
void fil_pyallocators_wrap(struct fil_python_allocator *inner, struct fil_python_allocator *hook);
/* See fil_engine.shortway. */
const struct fil_shortway *fil_pyallocators_shortway(void);

#endif
