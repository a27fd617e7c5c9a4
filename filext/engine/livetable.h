/* SPDX-License-Identifier: Apache-2.0 */
/* The live table: address of a live block => (node, size). No lock: the thread that allocates,
 * reallocates or frees a block is the only one that touches its entry then.
 *
 *   address ─► region of 16 MiB ─┬─ small   4 bytes a 32-byte granule: blocks of 17..1008 bytes
 *                                │          node 21 | half 1 | size 10
 *                                ├─ tiny    4 bytes a 16-byte granule: blocks of 0..16 bytes
 *                                │          node 21 | used 1 | size 10
 *                                └─ big    16 bytes a 1-KiB granule: blocks of 1009 bytes on
 *
 * It works because allocators place blocks of more than 16 bytes at least 32 apart, and those of
 * more than 1008 at least 1024 apart, on multiples of 16. Where all blocks of malloc lie 32 apart,
 * as glibc's do, its tiny ones go to the table of small ones, since a table of their own takes a
 * quarter of each page that has one. A block that doesn't fit (another alignment, a neighbour in
 * the way, a node past 21 bits) goes to a side table, which is slow and always right. Cost: 12.5 %
 * of small blocks' memory, 1.6 % of large ones; 3 to 4 loads a lookup. */
#ifndef FIL_LIVETABLE_H
#define FIL_LIVETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../record/block.h"
#include "../record/liveentries.h"

/* address >> 36 => 4096 regions; for the short way (record/event.h). */
extern _Atomic(struct fil_region *) fil_livetable_fans[FIL_FAN]
    __attribute__((visibility("hidden")));

/* Once per process: whether all blocks of malloc lie at least 32 bytes apart. */
void fil_livetable_prepare(bool malloc_is_apart);
extern bool fil_livetable_is_apart __attribute__((visibility("hidden")));
/* The table of a block of so many bytes. */
static inline enum fil_entry_kind fil_livetable_kind_of(size_t bytes, bool by_malloc) {
    if (bytes > FIL_SMALL_MAX) return FIL_BIG;
    return bytes > FIL_TINY_MAX || (by_malloc && fil_livetable_is_apart) ? FIL_SMALL : FIL_TINY;
}
/* Enters a block that the caller has just obtained, by malloc or in another way. When an earlier
 * block still stands at that address no hook saw its end: it is taken out and returned in
 * `*displaced`. Returns bits: ENTERED (not set: no memory), DISPLACED. */
enum { FIL_LIVETABLE_ENTERED = 1, FIL_LIVETABLE_DISPLACED = 2 };
int fil_livetable_put(uintptr_t address, struct fil_block block, bool by_malloc,
                      struct fil_block *displaced);
/* Takes a block out; false when the address is unknown. */
bool fil_livetable_take(uintptr_t address, struct fil_block *block);
/* The fast path of take, for blocks of at most 1008 bytes; false for others, and for those in the
 * side table. */
bool fil_livetable_take_small(uintptr_t address, struct fil_block *block);
/* The rest of take, for blocks that take_small didn't find. */
bool fil_livetable_take_other(uintptr_t address, struct fil_block *block);
/* Reads a block that the caller keeps alive during the call; false when the address is unknown. */
bool fil_livetable_find(uintptr_t address, struct fil_block *block);
/* Empties the table and releases its memory; before the first use, too. Only while the engine is
 * quiescent. */
void fil_livetable_clear(void);

#ifdef FIL_DEBUG
/* debug.h; the side table's included. */
bool fil_livetable_is_valid(void);
/* Shows every block. */
void fil_livetable_visit(fil_visit_block visit, void *context);
#endif

#endif
