/* SPDX-License-Identifier: Apache-2.0 */
/* Work that one thread gives to another, as an executor's user to its workers. The live table knows
 * the stack that allocated the object that stands for the work, so the giver is known exactly,
 * however long ago it was, and whether a thread waits for the work or not.
 *
 *   root ─ job.py:3 ─ (map) ─ (submit) ─ [thread "worker_0"] ─ (run) ─ numeric.py:232
 *          the giver's stack, at which the object was made       the worker's, from the frame
 *                                                                that has the object
 *
 * Work that work gives in turn lies below it, but not work given again from the same frames: a task
 * that submits itself again would make the tree deeper and deeper. Four levels at most. No state of
 * its own. */
#ifndef FIL_GIVENWORK_H
#define FIL_GIVENWORK_H

#include <stdbool.h>
#include <stdint.h>

#define FIL_GIVENWORK_MOST 4u /* levels */

/* Returns the node below which a thread's stacks lie while it does the work that the object at
 * `address` stands for; the caller holds the object. `root` is the node of the thread's stacks
 * otherwise. Returns 0 when the object's stack isn't known, or, with `by_others`, when the thread
 * made the object itself, for work of its own. In a section. */
uint32_t fil_givenwork_node(uintptr_t address, uint32_t root, bool by_others);

#endif
