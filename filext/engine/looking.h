/* SPDX-License-Identifier: Apache-2.0 */
/* Looking: what is in memory of the ranges that count by it, brought into the counters. In a
 * section, with the mappings' lock. What an arena grew by belongs to the stack `running`. */
#ifndef FIL_LOOKING_H
#define FIL_LOOKING_H

#include <stddef.h>
#include <stdint.h>

#include "ranges.h"
#include "thread.h"

void fil_looking_at_locked(struct fil_thread *thread, const struct fil_range *range, uint32_t running);
void fil_looking_at_all_locked(struct fil_thread *thread, uint32_t running);
/* What of a shared range's memory is its own to count: in bytes, and where it counts by looking,
 * looked at. */
size_t fil_looking_at_shared_locked(struct fil_thread *thread, const struct fil_range *range, uint32_t node);

/* While it still counts: what lies in [start, end) is about to go, and is looked at; everything
 * else, too, when a new maximum may end here. Never a matter of how much time looks have taken. */
void fil_looking_before_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end, uint32_t running);
/* The same for so many bytes that don't count by looking. */
void fil_looking_before_end_locked(struct fil_thread *thread, size_t bytes, uint32_t running);

#endif
