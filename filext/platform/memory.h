/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory is left for this process: the machine's, and that of every control group on its
 * path. One implementation per system: memory_linux.c, limits_linux.c.
 *
 * No function here allocates through malloc or changes errno; and but for fil_os_memory_give_back
 * none takes a lock, and all may be called from hooks and signal handlers. */
#ifndef FIL_MEMORY_H
#define FIL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIL_LIMIT_TEXT 160u

struct fil_os_memory {
    int64_t total; /* bytes that all processes under the tightest limit may have together: the least
                      of the machine's and the groups' */
    int64_t available; /* bytes of it that are still free; page cache that can be dropped isn't
                          counted as used */
    int64_t machine;   /* bytes of memory and swap of the machine together; no single request can be
                          larger */
    int64_t swapped;   /* bytes of this process that are in swap */
    char limit[FIL_LIMIT_TEXT]; /* the owner of `available`: "the machine" or "control group
                                   /user.slice/x", NUL-terminated */
    char odd[FIL_LIMIT_TEXT]; /* a file that can't be read, so that its control group was left out;
                                 "" for none */
};

/* From now on the memory of this other process is read. */
void fil_os_memory_of(int process_id);
/* Reads all of it, in some tens of microseconds. False when the machine's own files are missing or
 * odd; then `limit` names the file. */
bool fil_os_memory_read(struct fil_os_memory *memory);

/* Makes malloc return its free memory to the system, which takes milliseconds and malloc's locks:
 * not from signal handlers. */
void fil_os_memory_give_back(void);

/* Whether one of the process's own limits (RLIMIT_AS, RLIMIT_DATA), or the system's limit on
 * committed memory, forbids `bytes` more. `text` gets FIL_LIMIT_TEXT bytes at most: "RLIMIT_AS
 * (ulimit -v) of 1.0 GiB". */
bool fil_os_memory_limit_forbids(size_t bytes, char *text);
/* Whether the process has as many mappings as the system allows (vm.max_map_count): then the next
 * one fails with ENOMEM, however small it is. Also true where a limit forbids one page more. */
bool fil_os_mappings_are_used_up(void);

#endif
