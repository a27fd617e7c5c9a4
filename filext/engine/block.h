/* SPDX-License-Identifier: Apache-2.0 */
/* A live block, as both tables know it (livetable.h, sidetable.h). */
#ifndef FIL_BLOCK_H
#define FIL_BLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Bytes; of blocks at least this large the birth is kept. */
#define FIL_LARGE_BLOCK ((size_t)1 << 20)

struct fil_block {
    uint32_t node;
    uint32_t born; /* epoch (counters.h); kept for large blocks, else unspecified */
    size_t bytes;
};

typedef void (*fil_visit_block)(uintptr_t address, struct fil_block block, void *context);

#endif
