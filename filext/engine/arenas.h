/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas: reservations of an allocator's size, noted also while nothing is recorded. In a notebook
 * a library is mostly first used outside the recording, and what it allocates later lies in the
 * arena that it reserved then.
 *
 * A few entries; an arena is forgotten when a part of it is unmapped, moved or mapped over. Own
 * lock. */
#ifndef FIL_ARENAS_H
#define FIL_ARENAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A reservation this large is an arena, which many lines share. */
#define FIL_ARENA_BYTES ((size_t)256 << 20)
#define FIL_ARENAS 32

struct fil_arena_range {
    uintptr_t start, end;
    uintptr_t caller; /* address in the code that reserved it */
};

static inline bool fil_arenas_is_one(size_t bytes) {
    return bytes >= FIL_ARENA_BYTES &&
           bytes <= (size_t)64 << 30; /* reading the pages of larger ones takes too long */
}

/* Private memory was reserved by the code at `caller`. */
void fil_arenas_note(uintptr_t start, size_t bytes, uintptr_t caller);
/* The range is about to be unmapped or mapped over, or just was. */
void fil_arenas_forget(uintptr_t start, size_t bytes);
/* Copies all of them and returns their number. */
size_t fil_arenas_list(struct fil_arena_range list[FIL_ARENAS]);
void fil_arenas_after_fork(void);

#ifdef FIL_DEBUG
bool fil_arenas_is_valid(void); /* debug.h */
#endif

#endif
