/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas: reservations of an allocator's size, noted also while nothing is recorded. In a notebook a library is mostly used for
 * the first time outside the recording, and what it allocates later lies in the arena that it reserved then.
 *
 * A few entries; one that is unmapped, moved or mapped over, be it in part, is no longer known. Own lock. */
#ifndef FIL_ARENAS_H
#define FIL_ARENAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIL_ARENA_BYTES ((size_t)256 << 20) /* this large is a reservation that many lines will share */
#define FIL_ARENAS 32

struct fil_arena_range {
    uintptr_t start, end;
    uintptr_t caller; /* whose code reserved it */
};

static inline bool fil_arenas_is_one(size_t bytes) {
    return bytes >= FIL_ARENA_BYTES && bytes <= (size_t)64 << 30; /* larger ones would take long to look at */
}

/* Private memory was reserved by the code at `caller`. */
void fil_arenas_note(uintptr_t start, size_t bytes, uintptr_t caller);
/* Something else is or will be in the range. */
void fil_arenas_forget(uintptr_t start, size_t bytes);
/* All of them; how many. */
size_t fil_arenas_list(struct fil_arena_range list[FIL_ARENAS]);
void fil_arenas_after_fork(void);

#ifdef FIL_DEBUG
bool fil_arenas_is_valid(void); /* debug.h */
#endif

#endif
