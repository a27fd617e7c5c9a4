/* SPDX-License-Identifier: Apache-2.0 */
/* A live block, as both tables know it (livetable.h, sidetable.h). */
#ifndef FIL_BLOCK_H
#define FIL_BLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Bytes; of blocks at least this large the birth is kept. */
#define FIL_LARGE_BLOCK ((size_t)1 << 20)

/* In place of the bytes of something large that had never been touched when it was last looked at
 * (touching.h): it wasn't looked at since it was made. */
#define FIL_NOT_LOOKED_AT (-1)
/* Reading the pages of something larger takes too long while the program waits. */
#define FIL_MOST_LOOKED_AT ((size_t)16 << 30)

struct fil_block {
    uint32_t node;
    uint32_t born; /* epoch (counters.h); kept for large blocks, else unspecified */
    size_t bytes;
};

typedef void (*fil_visit_block)(uintptr_t address, struct fil_block block, void *context);

#endif
