/* SPDX-License-Identifier: Apache-2.0 */
/* Own memory: all memory of the profiler comes from here.
 *
 * Never malloc, always whole pages from the system, zeroed; its resident pages are reported as the
 * profiler's own. No lock. Hooks and signal handlers may call these functions, which leave errno
 * alone. */
#ifndef FIL_OWN_H
#define FIL_OWN_H

#include <stddef.h>

/* Returns `bytes` zeroed bytes (rounded up to pages), or NULL when the system has none. Free with
 * fil_own_unmap. */
void *fil_own_map(size_t bytes);

/* Grows a block of fil_own_map from `old_bytes` to `new_bytes` and returns it; it may move, new
 * bytes are zero. A NULL block has 0 bytes. Returns NULL when the system has no memory: the old
 * block is then unchanged. */
void *fil_own_grow(void *block, size_t old_bytes, size_t new_bytes);

/* Asks for huge pages, for a block that will be used as a whole: where the system has them they
 * cost half of what as many small pages do, and the processor finds them faster. */
void fil_own_prefer_huge(void *block, size_t bytes);
/* Makes all pages of a block that is about to be filled, where the system can: cheaper than one by
 * one. */
void fil_own_populate(void *block, size_t bytes);
/* Releases the whole pages in [start, start + bytes), a part of a block: they are zero from now on.
 */
void fil_own_discard(void *start, size_t bytes);

/* Releases a block of fil_own_map; `bytes` as asked for. NULL is allowed. */
void fil_own_unmap(void *block, size_t bytes);

/* Returns the resident bytes of all blocks that weren't released. */
size_t fil_own_resident_bytes(void);

#endif
