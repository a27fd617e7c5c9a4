/* SPDX-License-Identifier: Apache-2.0 */
/* The order of things that are numbered, by falling keys. */
#ifndef FIL_ORDER_H
#define FIL_ORDER_H

#include <stdint.h>

#include "arena.h"

/* Returns the key of thing `number`. */
typedef int64_t fil_key_of(uint32_t number, const void *context);

/* Returns the numbers from 0 to `count` - 1, each thing with a larger first key before those with a
 * smaller one, those with equal first keys by the second key, and so on; equal things stay in the
 * order of their numbers. In the arena; NULL without memory. */
const uint32_t *fil_order(uint32_t count, fil_key_of *const *keys, unsigned key_count,
                          const void *context, struct fil_arena *arena);

#endif
