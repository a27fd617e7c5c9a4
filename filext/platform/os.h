/* SPDX-License-Identifier: Apache-2.0 */
/* The operating system, as the engine needs it. One implementation per system: os_linux.c.
 *
 * No function here allocates through malloc, takes a lock or changes errno; all may be called from hooks and signal handlers. */
#ifndef FIL_OS_H
#define FIL_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIL_OS_PAGE 4096u

/* Fresh zeroed private pages, or NULL. `bytes` is a multiple of FIL_OS_PAGE, as in all functions on pages. */
void *fil_os_map(size_t bytes);
/* Moves or grows pages of fil_os_map; NULL leaves them as they were. */
void *fil_os_remap(void *block, size_t old_bytes, size_t new_bytes);
void fil_os_unmap(void *block, size_t bytes);
/* The pages read as zero afterwards and take no memory. */
void fil_os_drop(void *block, size_t bytes);
/* A forked child, however it is forked, finds zeros in these pages. False where the system can't. */
bool fil_os_wipe_on_fork(void *block, size_t bytes);
/* How much of [start, start + bytes) is in memory now, in bytes; page-aligned start. */
size_t fil_os_resident_in(uintptr_t start, size_t bytes);

/* Whether what is mapped from this descriptor is memory rather than a file: /dev/zero, memfd and all of tmpfs. */
bool fil_os_is_memory(int fd);
/* The size of a System V shared segment, 0 when unknown. */
size_t fil_os_shared_segment_bytes(int id);

/* Asks the kernel for asymmetric barriers; false where it has none. Once per process, before fil_os_barrier. */
bool fil_os_barrier_prepare(void);
/* When this returns, every running thread of the process has passed a full memory barrier. */
void fil_os_barrier(void);

/* Lets others run: a few times by yielding, then by sleeping ever longer, up to a millisecond. `round` counts up from 0. */
void fil_os_wait(unsigned round);
int fil_os_process_id(void);
int fil_os_thread_id(void);
/* False when thread `thread_id` of this process has ended. */
bool fil_os_thread_exists(int thread_id);

/* Resident memory of this process, and its maximum so far, in bytes; 0 when unknown. */
int64_t fil_os_resident_bytes(void);
int64_t fil_os_resident_peak_bytes(void);
/* Seconds since 1970; nanoseconds on a clock that never goes back. */
double fil_os_unix_time(void);
int64_t fil_os_clock_ns(void);

#endif
