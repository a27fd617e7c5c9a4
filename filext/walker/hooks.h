/* SPDX-License-Identifier: Apache-2.0 */
/* Python's hooks, as they stand in its allocators: the short way of an ordinary event
 * (record/event.h), with the walk in line. All else goes to the shim's (shim/pyallocators.h). */
#ifndef FIL_HOOKS_H
#define FIL_HOOKS_H

#include "../fil_engine.h"

/* Once per process, before anything else here. */
void fil_hooks_prepare(const struct fil_engine *engine);
/* See fil_engine.wrap_python_allocator. `is_pymalloc`: `inner` is Python's own, without another
 * tool's hooks. */
void fil_hooks_wrap(struct fil_python_allocator *inner, struct fil_python_allocator *hook,
                    bool is_pymalloc);

#endif
