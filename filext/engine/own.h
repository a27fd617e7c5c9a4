/* SPDX-License-Identifier: Apache-2.0 */
/* Own memory: the one door through which the profiler gets memory.
 *
 * Never malloc, always whole pages from the system, zeroed; what is resident of it is reported as the profiler's own.
 * No lock. May be called from hooks and signal handlers; leaves errno alone. */
#ifndef FIL_OWN_H
#define FIL_OWN_H

#include <stddef.h>

/* Gives `bytes` zeroed bytes (rounded up to pages), or NULL when the system has none. Free with fil_own_unmap. */
void *fil_own_map(size_t bytes);

/* Grows a block of fil_own_map from `old_bytes` to `new_bytes`; it may move, new bytes are zero. NULL is a block of 0 bytes.
 * NULL when the system has none: the old block is then unchanged. */
void *fil_own_grow(void *block, size_t old_bytes, size_t new_bytes);

/* For what will be used as a whole: huge pages, where it is large enough and the system has them, cost half of what as many small
 * ones do, and are found more quickly. */
void fil_own_prefer_huge(void *block, size_t bytes);
/* Makes the pages of what is about to be filled all at once, where the system can: cheaper than one by one. */
void fil_own_populate(void *block, size_t bytes);
/* Gives back what lies in whole pages of [start, start + bytes), a part of a block: it is zero from now on. */
void fil_own_discard(void *start, size_t bytes);

/* Gives back a block of fil_own_map; `bytes` as asked for. NULL is fine. */
void fil_own_unmap(void *block, size_t bytes);

/* How much of what was taken through this door, and not given back, is in memory now, in bytes. */
size_t fil_own_resident_bytes(void);

#endif
