/* SPDX-License-Identifier: Apache-2.0 */
/* A library that maps memory in many parts when it is unloaded: at a program's end that is after
 * its report. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 4000 };

__attribute__((destructor)) static void unload(void) {
    void *mapped =
        mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *first = mapped;
    if (mapped == MAP_FAILED) abort();
    memset(first, 1, PAGES * PAGE);
    for (int page = 0; page < PAGES; page += 2) munmap(first + page * PAGE, PAGE);
}
