/* SPDX-License-Identifier: Apache-2.0 */
/* Work that one thread gives to another, as an executor's user to its workers: the object that stands for the work says by whom
 * it was made, for the live table knows the stack that allocated it. That is exact, however long ago it was, and whether anyone
 * waits for it.
 *
 *   root ─ job.py:3 ─ (map) ─ (submit) ─ [thread "worker_0"] ─ (run) ─ numeric.py:232
 *          the giver's stack, at which the object was made       the worker's, from the frame that has the object
 *
 * What work gives in turn lies below it, but not what it gives again from the same frames: work that goes on by giving itself
 * would make the tree deeper and deeper. Four levels at most. No state of its own. */
#ifndef FIL_GIVENWORK_H
#define FIL_GIVENWORK_H

#include <stdbool.h>
#include <stdint.h>

#define FIL_GIVENWORK_MOST 4u /* levels */

/* The node below which the stacks of a thread lie while it does the work that the object in the block at `address` stands for,
 * which the caller holds. `root` is the node of its stacks otherwise. 0: it isn't known who made the object, or, with
 * `by_others`, the thread itself did, on its own account. In a section. */
uint32_t fil_givenwork_node(uintptr_t address, uint32_t root, bool by_others);

#endif
