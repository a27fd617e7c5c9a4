/* SPDX-License-Identifier: Apache-2.0 */
/* Allocates and frees, `count` times, a block of 64 bytes. The empty asm keeps the compiler from
 * leaving both out. */
#include <stdlib.h>

void malloc_free_pairs(long count) {
    for (long i = 0; i < count; i++) {
        void *block = malloc(64);
        __asm__ volatile("" : : "r"(block) : "memory");
        free(block);
    }
}
