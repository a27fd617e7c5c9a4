/* SPDX-License-Identifier: Apache-2.0 */
/* An arena in own memory: many small pieces, released all at once. Not for several threads at a
 * time. */
#ifndef FIL_ARENA_H
#define FIL_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct fil_arena;

/* A new arena, or NULL without memory. */
struct fil_arena *fil_arena_new(void);
/* `bytes` zeroed bytes on a 16-byte boundary, or NULL. */
void *fil_arena_get(struct fil_arena *arena, size_t bytes);
/* A copy of `length` bytes with a NUL behind them, or NULL. */
char *fil_arena_copy(struct fil_arena *arena, const char *text, size_t length);
/* Whether the address lies in one of the arena's pieces. */
bool fil_arena_has(const struct fil_arena *arena, const void *address);
/* Takes back all pieces; the memory stays for the next ones. Pieces obtained later aren't zeroed
 * any more. */
void fil_arena_empty(struct fil_arena *arena);
/* Releases the arena and all its pieces; NULL is fine. */
void fil_arena_free(struct fil_arena *arena);

#endif
