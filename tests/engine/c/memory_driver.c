/* SPDX-License-Identifier: Apache-2.0 */
/* Answers a line for each line of its input: what platform/memory.h says of this process, or, with
 * a folder as its argument, of the made-up system in there. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>

#include "../../../filext/platform/memory.h"

void fil_proc_set_tree(int fd);

static void print_memory(void) {
    struct fil_os_memory memory;
    errno = 4321;
    bool known = fil_os_memory_read(&memory);
    if (errno != 4321) printf("errno changed: ");
    if (!known) printf("unknown %s\n", memory.limit);
    else
        printf("%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s\n", memory.total,
               memory.available, memory.machine, memory.swapped, memory.limit);
}

static void print_odd(void) {
    struct fil_os_memory memory;
    fil_os_memory_read(&memory);
    puts(memory.odd[0] ? memory.odd : "nothing");
}

/* How much stack a read takes: a coroutine reads on a stack that was painted before. */
static ucontext_t here, there;

static void read_there(void) {
    struct fil_os_memory memory;
    fil_os_memory_read(&memory);
}

static void print_stack(void) {
    enum { BYTES = 65536 };
    static unsigned char stack[BYTES];
    memset(stack, 0xA5, BYTES);
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = BYTES;
    there.uc_link = &here;
    makecontext(&there, read_there, 0);
    swapcontext(&here, &there);
    size_t untouched = 0;
    while (stack[untouched] == 0xA5) untouched++;
    printf("%zu\n", BYTES - untouched);
}

static void print_time(unsigned long reads) {
    struct fil_os_memory memory;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned long i = 0; i < reads; i++) fil_os_memory_read(&memory);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    printf("%.1f us\n", seconds / (double)reads * 1e6);
}

/* Touched or, for RLIMIT_AS, just reserved; it stays to the end. */
static void take(size_t bytes, bool touch) {
    char *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block != MAP_FAILED && touch) memset(block, 1, bytes);
    printf(block != MAP_FAILED ? "taken\n" : "failed\n");
}

int main(int count, char **arguments) {
    char line[64], text[FIL_LIMIT_TEXT];
    if (count > 1) fil_proc_set_tree(open(arguments[1], O_RDONLY | O_DIRECTORY));
    while (fgets(line, sizeof line, stdin)) {
        char *space = strchr(line, ' ');
        size_t number = space ? strtoull(space, NULL, 10) : 0;
        if (strncmp(line, "read", 4) == 0) print_memory();
        else if (strncmp(line, "odd", 3) == 0) print_odd();
        else if (strncmp(line, "stack", 5) == 0) print_stack();
        else if (strncmp(line, "time", 4) == 0) print_time(number);
        else if (strncmp(line, "take", 4) == 0) take(number, true);
        else if (strncmp(line, "reserve", 7) == 0) take(number, false);
        else if (strncmp(line, "forbids", 7) == 0)
            puts(fil_os_memory_limit_forbids(number, text) ? text : "no");
        else puts("?");
        fflush(stdout);
    }
    return 0;
}
