/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the system calls that the engine makes of its own: memory, residency, barriers, threads,
 * clocks. os.h has the contract of each; all memory of the profiler comes through fil_os_map. */
#define _GNU_SOURCE
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "proc_linux.h"
#include "syscall_linux.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

void *fil_os_map(size_t bytes) {
    long at = fil_syscall(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == -1 ? NULL : (void *)at;
}

void *fil_os_remap(void *block, size_t old_bytes, size_t new_bytes) {
    long at = fil_syscall(SYS_mremap, (long)block, (long)old_bytes, (long)new_bytes, MREMAP_MAYMOVE,
                          0, 0);
    return at == -1 ? NULL : (void *)at;
}

void fil_os_unmap(void *block, size_t bytes) {
    fil_syscall(SYS_munmap, (long)block, (long)bytes, 0, 0, 0, 0);
}

#ifndef MADV_POPULATE_WRITE /* Linux 5.14; libc's headers may be older */
#define MADV_POPULATE_WRITE 23
#endif
void fil_os_populate(void *block, size_t bytes) {
    fil_syscall(SYS_madvise, (long)block, (long)bytes, MADV_POPULATE_WRITE, 0, 0, 0);
}

void fil_os_prefer_huge(void *block, size_t bytes) {
    if (bytes >= FIL_OS_HUGE_PAGE)
        fil_syscall(SYS_madvise, (long)block, (long)bytes, MADV_HUGEPAGE, 0, 0, 0);
}

void fil_os_discard(void *block, size_t bytes) {
    fil_syscall(SYS_madvise, (long)block, (long)bytes, MADV_DONTNEED, 0, 0, 0);
}

bool fil_os_wipe_on_fork(void *block, size_t bytes) {
    return fil_syscall(SYS_madvise, (long)block, (long)bytes, MADV_WIPEONFORK, 0, 0, 0) == 0;
}

bool fil_os_resident_pages(uintptr_t start, size_t pages, unsigned char *answers) {
    if (fil_syscall(SYS_mincore, (long)start, (long)(pages * FIL_OS_PAGE), (long)answers, 0, 0,
                    0) != 0)
        return false;
    for (size_t i = 0; i < pages; i++) answers[i] &= 1;
    return true;
}

/* Returns how many of the pages are resident, -1 when the system doesn't say. */
static long count_by_mincore(uintptr_t start, size_t pages) {
    enum { PAGES = 1024 };
    unsigned char in_memory[PAGES];
    long resident = 0;
    for (size_t done = 0; done < pages; done += PAGES) {
        size_t now = pages - done < PAGES ? pages - done : PAGES;
        if (!fil_os_resident_pages(start + done * FIL_OS_PAGE, now, in_memory)) return -1;
        for (size_t i = 0; i < now; i++) resident += in_memory[i];
    }
    return resident;
}

size_t fil_os_resident_in(uintptr_t start, size_t bytes) {
    long resident = count_by_mincore(start, (bytes + FIL_OS_PAGE - 1) / FIL_OS_PAGE);
    return resident < 0 ? 0 : (size_t)resident * FIL_OS_PAGE;
}

/* How many pages have one of `any` of these bits in their entries and none of `none`; `answers`
 * (may be NULL) gets 1 for each. -1 when the system doesn't say. */
static long count_by_pagemap(uintptr_t start, size_t pages, uint64_t any, uint64_t none,
                             unsigned char *answers) {
    enum { PAGES = 128 }; /* hooks run on small stacks, too */
    uint64_t entries[PAGES];
    long found = 0, got = 0;
    long fd = fil_syscall(SYS_openat, AT_FDCWD, (long)"/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0,
                          0, 0);
    if (fd < 0) return -1;
    for (size_t done = 0; done < pages; done += PAGES) {
        size_t now = pages - done < PAGES ? pages - done : PAGES;
        long at = (long)((start / FIL_OS_PAGE + done) * sizeof *entries);
        got = fil_syscall(SYS_pread64, fd, (long)entries, (long)(now * sizeof *entries), at, 0, 0);
        if (got != (long)(now * sizeof *entries)) break;
        for (size_t i = 0; i < now; i++) {
            bool counts = (entries[i] & any) && !(entries[i] & none);
            if (answers) answers[done + i] = counts;
            found += counts;
        }
        got = 0;
    }
    fil_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
    return got == 0 ? found : -1;
}

bool fil_os_written_pages(uintptr_t start, size_t pages, unsigned char *answers) {
    return count_by_pagemap(start, pages, FIL_PROC_PAGE_PRESENT | FIL_PROC_PAGE_SWAPPED,
                            FIL_PROC_PAGE_SHARED, answers) >= 0;
}

/* Whether any memory of the machine is in swap; true when the system doesn't say. */
static bool swap_is_used(void) {
    struct sysinfo all = {0};
    return fil_syscall(SYS_sysinfo, (long)&all, 0, 0, 0, 0, 0) != 0 || all.freeswap < all.totalswap;
}

/* mincore is twenty times faster than the page map, and misses only what is in swap. A sandbox may
 * forbid it. -1 when the system says neither. */
static long count_touched(uintptr_t start, size_t pages) {
    long resident = count_by_mincore(start, pages);
    if (resident < 0)
        return count_by_pagemap(start, pages, FIL_PROC_PAGE_PRESENT | FIL_PROC_PAGE_SWAPPED, 0,
                                NULL);
    if (resident == (long)pages || !swap_is_used()) return resident;
    long swapped = count_by_pagemap(start, pages, FIL_PROC_PAGE_SWAPPED, 0, NULL);
    return resident + (swapped < 0 ? 0 : swapped);
}

size_t fil_os_untouched_in(uintptr_t start, size_t bytes) {
    uintptr_t first = (start + FIL_OS_PAGE - 1) & ~(uintptr_t)(FIL_OS_PAGE - 1);
    uintptr_t end = (start + bytes) & ~(uintptr_t)(FIL_OS_PAGE - 1);
    if (end <= first) return 0;
    long pages = (long)((end - first) / FIL_OS_PAGE), touched = count_touched(first, (size_t)pages);
    return touched < 0 || touched >= pages ? 0 : (size_t)(pages - touched) * FIL_OS_PAGE;
}

size_t fil_os_file_pages_in(uintptr_t start, size_t bytes) {
    long pages = count_by_pagemap(start, (bytes + FIL_OS_PAGE - 1) / FIL_OS_PAGE,
                                  FIL_PROC_PAGE_SHARED, FIL_PROC_PAGE_SWAPPED, NULL);
    return pages < 0 ? 0 : (size_t)pages * FIL_OS_PAGE;
}

enum fil_os_backing fil_os_backing_of(int fd, uint64_t *object) {
    int saved = errno;
    struct stat file;
    struct statfs system;
    enum fil_os_backing backing = FIL_OS_DEVICE;
    *object = 0;
    if (fstat(fd, &file) == 0 && S_ISCHR(file.st_mode)) {
        if (file.st_rdev == makedev(1, 5)) backing = FIL_OS_MEMORY; /* /dev/zero */
    } else if (fstatfs(fd, &system) == 0) {
        backing = system.f_type == TMPFS_MAGIC || system.f_type == HUGETLBFS_MAGIC ? FIL_OS_MEMORY
                                                                                   : FIL_OS_FILE;
        *object = ((uint64_t)file.st_dev << 40 ^ (uint64_t)file.st_ino) | (uint64_t)1 << 63;
    }
    errno = saved;
    return backing;
}

void fil_os_path_of(int fd, char *path, size_t size) {
    char link[32] = "/proc/self/fd/";
    size_t length = strlen(link);
    link[length + fil_proc_append_number(link + length, (unsigned)fd)] = 0;
    long got = fil_syscall(SYS_readlinkat, AT_FDCWD, (long)link, (long)path, (long)size - 1, 0, 0);
    path[got > 0 ? got : 0] = 0;
}

size_t fil_os_shared_segment_bytes(int id) {
    int saved = errno;
    struct shmid_ds segment;
    size_t bytes = shmctl(id, IPC_STAT, &segment) == 0 ? segment.shm_segsz : 0;
    errno = saved;
    return bytes;
}

bool fil_os_barrier_prepare(void) {
    return fil_syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0) ==
           0;
}

void fil_os_barrier(void) {
    fil_syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0);
}

/* By its number, too: libc's nanosleep is a cancellation point, and a thread that was cancelled
 * must not end in the middle of malloc.
 */
void fil_os_wait(unsigned round) {
    struct timespec nap = {0, round < 64 ? 50000 : 1000000};
    if (round < 16) fil_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
    else fil_syscall(SYS_nanosleep, (long)&nap, 0, 0, 0, 0, 0);
}

int fil_os_process_id(void) {
    return (int)fil_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

int fil_os_thread_id(void) {
    return (int)fil_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

bool fil_os_thread_exists(int thread_id) {
    return fil_syscall(SYS_tgkill, fil_os_process_id(), thread_id, 0, 0, 0, 0) == 0;
}

static void call_last(int status, void *last) {
    ((void (*)(int))last)(status);
}

/* atexit's functions aren't told the status. */
void fil_os_at_exit(void (*last)(int status)) {
    on_exit(call_last, (void *)last);
}

bool fil_os_signal_soon(int signal) {
    static atomic_int timer =
        -1; /* the kernel's number; made once, forked children have none of it */
    if (atomic_load(&timer) == -1) {
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal};
        int made;
        if (fil_syscall(SYS_timer_create, CLOCK_MONOTONIC, (long)&event, (long)&made, 0, 0, 0) != 0)
            return false;
        atomic_store(&timer, made);
    }
    struct itimerspec once = {.it_value = {0, 5000000}};
    return fil_syscall(SYS_timer_settime, atomic_load(&timer), 0, (long)&once, 0, 0, 0) == 0;
}

int64_t fil_os_resident_bytes(int64_t *file) {
    return fil_proc_resident("/proc/self/statm", file);
}

static int64_t status_bytes(const char *label) {
    struct fil_proc_figure figure = {label, -1};
    fil_proc_figures("/proc/self/status", &figure, 1);
    return figure.value < 0 ? 0 : figure.value * 1024;
}

int64_t fil_os_resident_shared_bytes(void) {
    return status_bytes("RssShmem:");
}

int64_t fil_os_resident_peak_bytes(void) {
    return status_bytes("VmHWM:");
}

void fil_os_thread_name(int thread_id, char *name, size_t size) {
    char path[64] = "/proc/self/task/";
    size_t length = strlen(path);
    length += fil_proc_append_number(path + length, (unsigned)thread_id);
    memcpy(path + length, "/comm", sizeof "/comm");
    name[0] = 0;
    fil_proc_text(path, name, size);
    for (; *name; name++) {
        if (*name == '\n') *name = 0;
    }
}

double fil_os_unix_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int64_t fil_os_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t fil_os_work_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t fil_os_coarse_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
