/* SPDX-License-Identifier: Apache-2.0 */
/* A library that maps memory for itself and uses a part of it, as OpenBLAS does. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

/* Maps so many bytes and touches the first `used`; where they are, or NULL. */
char *reserve(size_t bytes, size_t used) {
    char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return NULL;
    memset(at, 1, used);
    return at;
}

int give_back(char *at, size_t bytes) {
    return munmap(at, bytes);
}
