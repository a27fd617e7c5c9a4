/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the pieces of memory that are released all at once. fil_arena_get is its main entry. */
#include "arena.h"

#include <stdint.h>
#include <string.h>

#include "../filext/base/own.h"

#define CHUNK (1u << 20)

struct chunk {
    struct chunk *older;
    size_t size, used; /* bytes, this header included */
};

struct fil_arena {
    struct chunk *newest;
};

static size_t rounded(size_t bytes) {
    return (bytes + 15) & ~(size_t)15;
}

static struct chunk *new_chunk(size_t bytes, struct chunk *older) {
    size_t size = rounded(sizeof(struct chunk)) + bytes > CHUNK
                      ? rounded(sizeof(struct chunk)) + bytes
                      : CHUNK;
    struct chunk *chunk = fil_own_map(size);
    if (chunk) fil_own_prefer_huge(chunk, size);
    if (chunk) *chunk = (struct chunk){older, size, rounded(sizeof(struct chunk))};
    return chunk;
}

struct fil_arena *fil_arena_new(void) {
    struct chunk *chunk = new_chunk(0, NULL);
    if (!chunk) return NULL;
    struct fil_arena *arena =
        (void *)((char *)chunk + chunk->used); /* it lies in its own first chunk */
    chunk->used += rounded(sizeof *arena);
    arena->newest = chunk;
    return arena;
}

void *fil_arena_get(struct fil_arena *arena, size_t bytes) {
    bytes = rounded(bytes ? bytes : 1);
    if (arena->newest->size - arena->newest->used < bytes) {
        struct chunk *chunk = new_chunk(bytes, arena->newest);
        if (!chunk) return NULL;
        arena->newest = chunk;
    }
    void *piece = (char *)arena->newest + arena->newest->used;
    arena->newest->used += bytes;
    return piece;
}

char *fil_arena_copy(struct fil_arena *arena, const char *text, size_t length) {
    char *copy = fil_arena_get(arena, length + 1);
    if (copy) memcpy(copy, text, length);
    return copy;
}

bool fil_arena_has(const struct fil_arena *arena, const void *address) {
    for (const struct chunk *chunk = arena->newest; chunk; chunk = chunk->older) {
        if ((uintptr_t)address - (uintptr_t)chunk < chunk->size) return true;
    }
    return false;
}

void fil_arena_empty(struct fil_arena *arena) {
    while (arena->newest->older) {
        struct chunk *older = arena->newest->older;
        fil_own_unmap(arena->newest, arena->newest->size);
        arena->newest = older;
    }
    arena->newest->used = rounded(sizeof(struct chunk)) + rounded(sizeof *arena);
}

void fil_arena_free(struct fil_arena *arena) {
    struct chunk *chunk = arena ? arena->newest : NULL;
    while (chunk) {
        struct chunk *older = chunk->older;
        fil_own_unmap(chunk, chunk->size);
        chunk = older;
    }
}
