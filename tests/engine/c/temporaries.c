/* SPDX-License-Identifier: Apache-2.0 */
/* A library's temporaries, in memory that counts by what is resident of it: two of 80 MiB lie there
 * at once, and nothing that is recorded happens before the first of them goes, in the way `way`. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MIB ((size_t)1 << 20)
#define BYTES (80 * MIB)
#define PIECE (MIB / 4)

enum way {
    UNMAP,
    DROP,
    FREE_LAZILY,
    DROP_IN_PIECES,
    REPLACE,
    SHRINK,
    FREE_A_BLOCK,
    REALLOCATE_A_BLOCK
};

static char *reserve(void *at, size_t bytes, int flags) {
    flags |= MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    return mmap(at, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
}

static void give_back(char *at, char *block, enum way way) {
    switch (way) {
    case UNMAP: munmap(at, BYTES); return;
    case DROP: madvise(at, BYTES, MADV_DONTNEED); return;
    case FREE_LAZILY: madvise(at, BYTES, MADV_FREE); return;
    case DROP_IN_PIECES:
        for (size_t i = 0; i < BYTES; i += PIECE) madvise(at + i, PIECE, MADV_DONTNEED);
        return;
    case REPLACE: reserve(at, BYTES, MAP_FIXED); return;
    case SHRINK: mremap(at, BYTES, PIECE, 0); return;
    case FREE_A_BLOCK: free(block); return;
    case REALLOCATE_A_BLOCK: free(realloc(block, PIECE)); return;
    }
}

void hold_two(int way) {
    char *block = malloc(2 * MIB);
    char *first = reserve(NULL, BYTES, 0), *second = reserve(NULL, BYTES, 0);
    memset(block, 1, 2 * MIB);
    memset(first, 1, BYTES);
    memset(second, 1, BYTES);
    give_back(first, block, (enum way)way);
    madvise(second, BYTES, MADV_DONTNEED);
    munmap(first, BYTES);
    munmap(second, BYTES);
}
