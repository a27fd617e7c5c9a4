/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations of every sort and of many sizes, each given back. A file that includes it defines
 * _GNU_SOURCE first, for mremap. */
#ifndef ALLOCATE_H
#define ALLOCATE_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void allocate(void) {
    for (size_t bytes = 1; bytes < 4000000; bytes *= 3) {
        char *block = malloc(bytes);
        memset(block, 1, bytes < 5000 ? bytes : 5000);
        block = realloc(block, bytes * 2);
        free(block);
        free(calloc(3, bytes));
        free(aligned_alloc(64, bytes));
    }
    char *pages = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pages = mremap(pages, 1 << 20, 1 << 21, MREMAP_MAYMOVE);
    munmap(pages, 1 << 19);
    munmap(pages + (1 << 19), (1 << 21) - (1 << 19));
}

#endif
