/* SPDX-License-Identifier: Apache-2.0 */
/* The operating system, as the engine needs it. One implementation per system: os_linux.c.
 *
 * No function here allocates through malloc, takes a lock or changes errno; all may be called from
 * hooks and signal handlers. */
#ifndef FIL_OS_H
#define FIL_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIL_OS_PAGE 4096u
#define FIL_OS_HUGE_PAGE ((size_t)2 << 20)

/* Rounds `bytes` up to whole pages. */
static inline size_t fil_os_whole_pages(size_t bytes) {
    return (bytes + FIL_OS_PAGE - 1) & ~(size_t)(FIL_OS_PAGE - 1);
}

/* Returns what the system knows the calling thread by: an address of its own, which it has as long
 * as it lives. */
static inline uintptr_t fil_os_thread_pointer(void) {
#ifdef __x86_64__
    uintptr_t pointer; /* the ABI keeps the pointer itself at the place it points to */
    __asm__("mov %%fs:0, %0" : "=r"(pointer));
    return pointer;
#else
    return (uintptr_t)__builtin_thread_pointer();
#endif
}

/* Returns the processor's own clock, the cheapest there is, and how many of its ticks are at most
 * so many nanoseconds. */
static inline uint64_t fil_os_ticks(void) {
#ifdef __x86_64__
    return __builtin_ia32_rdtsc();
#else
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#endif
}

static inline uint64_t fil_os_ticks_in(int64_t ns) {
#ifdef __x86_64__
    return (uint64_t)ns; /* it runs at 1 GHz at least */
#else
    uint64_t a_second;
    __asm__("mrs %0, cntfrq_el0" : "=r"(a_second));
    return (uint64_t)ns * (a_second / 1000000) / 1000;
#endif
}

/* Fresh zeroed private pages, or NULL. `bytes` is a multiple of FIL_OS_PAGE, as in all functions on
 * pages. */
void *fil_os_map(size_t bytes);
/* Moves or grows pages of fil_os_map; NULL leaves them as they were. */
void *fil_os_remap(void *block, size_t old_bytes, size_t new_bytes);
void fil_os_unmap(void *block, size_t bytes);
/* Makes all pages resident now, where the system can. */
void fil_os_populate(void *block, size_t bytes);
/* Asks for huge pages, for pages that will be used as a whole. */
void fil_os_prefer_huge(void *block, size_t bytes);
/* Releases the pages' content: they are zero. */
void fil_os_discard(void *block, size_t bytes);
/* A forked child, however it is forked, finds zeros in these pages. False where the system can't.
 */
bool fil_os_wipe_on_fork(void *block, size_t bytes);
/* For each page from `start` on, which is page-aligned, writes 1 or 0 to `answers`: whether it is
 * resident; or whether it is the copy of a file's page that the program wrote to. False when the
 * pages aren't mapped, or the system doesn't say. */
bool fil_os_resident_pages(uintptr_t start, size_t pages, unsigned char *answers);
bool fil_os_written_pages(uintptr_t start, size_t pages, unsigned char *answers);
/* Returns the resident bytes of [start, start + bytes); page-aligned start. */
size_t fil_os_resident_in(uintptr_t start, size_t bytes);
/* Returns the bytes of whole pages in there that were never touched: neither resident nor in swap.
 * Shared memory is touched where any process touched it. 0 when the system doesn't say. */
size_t fil_os_untouched_in(uintptr_t start, size_t bytes);
/* Returns the bytes of a file's own pages in there that are in this process's resident memory. */
size_t fil_os_file_pages_in(uintptr_t start, size_t bytes);

/* What a descriptor maps. Memory: /dev/zero, memfd and all of tmpfs; a file's pages can be dropped
 * and read again. */
enum fil_os_backing { FIL_OS_MEMORY, FIL_OS_FILE, FIL_OS_DEVICE };
/* `object` gets a number that is the same for the same memory or file; 0 where each mapping is
 * memory of its own (/dev/zero). */
enum fil_os_backing fil_os_backing_of(int fd, uint64_t *object);
/* The path that the descriptor was opened by, cut to fit and NUL-terminated; "" when unknown. */
void fil_os_path_of(int fd, char *path, size_t size);
/* The size of a System V shared segment, 0 when unknown. */
size_t fil_os_shared_segment_bytes(int id);

/* Asks the kernel for asymmetric barriers; false where it has none. Once per process, before
 * fil_os_barrier. */
bool fil_os_barrier_prepare(void);
/* When this returns, every running thread of the process has passed a full memory barrier. */
void fil_os_barrier(void);

/* Lets other threads run: in the first rounds it yields, later it sleeps longer and longer, up to a
 * millisecond. `round` counts up from 0. */
void fil_os_wait(unsigned round);
int fil_os_process_id(void);
int fil_os_thread_id(void);
/* False when thread `thread_id` of this process has ended. */
bool fil_os_thread_exists(int thread_id);

/* Calls `last` with the exit status when the process ends by exit or by main's return; in the order
 * of atexit's functions. */
void fil_os_at_exit(void (*last)(int status));

/* Sends the process `signal` in five milliseconds, by a timer that the program doesn't see; false
 * when the system has none left.
 */
bool fil_os_signal_soon(int signal);

/* Resident memory of this process in bytes, 0 when unknown; `*file` gets the part that is pages of
 * files and shared memory. */
int64_t fil_os_resident_bytes(int64_t *file);
/* Returns the shared memory in it: about ten times as slow. */
int64_t fil_os_resident_shared_bytes(void);
/* The maximum of resident memory so far. */
int64_t fil_os_resident_peak_bytes(void);
/* The name of a thread of this process as the system has it; "" when unknown. */
void fil_os_thread_name(int thread_id, char *name, size_t size);
/* Seconds since 1970; nanoseconds on a clock that never goes back. */
double fil_os_unix_time(void);
int64_t fil_os_clock_ns(void);
/* CPU time of the calling thread in nanoseconds. */
int64_t fil_os_work_ns(void);
/* The clock to within a few milliseconds, at a fraction of the cost. */
int64_t fil_os_coarse_clock_ns(void);

#endif
