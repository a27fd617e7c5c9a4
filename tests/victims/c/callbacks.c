/* SPDX-License-Identifier: Apache-2.0 */
/* C functions that call back: into Python, which allocates, and around it, allocating themselves.
 */
#include <stdlib.h>
#include <string.h>

typedef int (*compare)(const void *a, const void *b);
typedef void *(*step)(int number);

void sort(int *numbers, size_t count, compare how) {
    qsort(numbers, count, sizeof *numbers, how);
}

/* Allocates before the callback and after it: both are the caller's, what the callback takes is its
 * own. */
int around(step callback, size_t before, size_t after) {
    void *first = malloc(before);
    memset(first, 1, 1);
    callback(0);
    void *second = malloc(after);
    memset(second, 1, 1);
    return first && second;
}

/* C calls Python calls C … */
void *allocate(size_t bytes) {
    return malloc(bytes);
}
