/* SPDX-License-Identifier: Apache-2.0 */
/* Looking: reads which pages are resident of the ranges that count by residency, and counts the
 * change. In a section, with the mappings' lock. What an arena grew by counts for the stack
 * `running`. */
#ifndef FIL_LOOKING_H
#define FIL_LOOKING_H

#include <stddef.h>
#include <stdint.h>

#include "ranges.h"
#include "thread.h"

void fil_looking_at_locked(struct fil_thread *thread, const struct fil_range *range,
                           uint32_t running);
void fil_looking_at_all_locked(struct fil_thread *thread, uint32_t running);
/* Returns how many bytes of shared memory the range counts, as the oldest range that has them.
 * Where it counts by residency, those pages are read. */
size_t fil_looking_at_shared_locked(struct fil_thread *thread, const struct fil_range *range,
                                    uint32_t node);

/* [start, end) is about to be unmapped: its pages are read while they still count, and those of all
 * other ranges when a new maximum may end here, however much time looks have taken so far. */
void fil_looking_before_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end,
                               uint32_t running);
/* The same for `bytes` bytes that don't count by residency. */
void fil_looking_before_end_locked(struct fil_thread *thread, size_t bytes, uint32_t running);

#endif
