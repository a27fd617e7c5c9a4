/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* mmap and its kin are called by number: their libc names are interposed by the shim, and the engine must not meet itself.
 * syscall() sets errno, which belongs to the program: every caller here puts it back. */
static long quiet_syscall(long number, long a, long b, long c, long d, long e, long f) {
    int saved = errno;
    long result = syscall(number, a, b, c, d, e, f);
    errno = saved;
    return result;
}

void *fil_os_map(size_t bytes) {
    long at = quiet_syscall(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == -1 ? NULL : (void *)at;
}

void *fil_os_remap(void *block, size_t old_bytes, size_t new_bytes) {
    long at = quiet_syscall(SYS_mremap, (long)block, (long)old_bytes, (long)new_bytes, MREMAP_MAYMOVE, 0, 0);
    return at == -1 ? NULL : (void *)at;
}

void fil_os_unmap(void *block, size_t bytes) {
    quiet_syscall(SYS_munmap, (long)block, (long)bytes, 0, 0, 0, 0);
}

void fil_os_drop(void *block, size_t bytes) {
    quiet_syscall(SYS_madvise, (long)block, (long)bytes, MADV_DONTNEED, 0, 0, 0);
}

bool fil_os_wipe_on_fork(void *block, size_t bytes) {
    return quiet_syscall(SYS_madvise, (long)block, (long)bytes, MADV_WIPEONFORK, 0, 0, 0) == 0;
}

size_t fil_os_resident_in(uintptr_t start, size_t bytes) {
    enum { PAGES = 2048 };
    unsigned char in_memory[PAGES];
    size_t resident = 0, pages = (bytes + FIL_OS_PAGE - 1) / FIL_OS_PAGE;
    for (size_t done = 0; done < pages; done += PAGES) {
        size_t now = pages - done < PAGES ? pages - done : PAGES;
        uintptr_t at = start + done * FIL_OS_PAGE;
        if (quiet_syscall(SYS_mincore, (long)at, (long)(now * FIL_OS_PAGE), (long)in_memory, 0, 0, 0) != 0) continue;
        for (size_t i = 0; i < now; i++) resident += in_memory[i] & 1;
    }
    return resident * FIL_OS_PAGE;
}

bool fil_os_is_memory(int fd) {
    int saved = errno;
    struct stat file;
    struct statfs system;
    bool is_zero = fstat(fd, &file) == 0 && S_ISCHR(file.st_mode) && file.st_rdev == makedev(1, 5);
    bool is_memory = is_zero || (fstatfs(fd, &system) == 0 && (system.f_type == TMPFS_MAGIC || system.f_type == HUGETLBFS_MAGIC));
    errno = saved;
    return is_memory;
}

size_t fil_os_shared_segment_bytes(int id) {
    int saved = errno;
    struct shmid_ds segment;
    size_t bytes = shmctl(id, IPC_STAT, &segment) == 0 ? segment.shm_segsz : 0;
    errno = saved;
    return bytes;
}

bool fil_os_barrier_prepare(void) {
    return quiet_syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0) == 0;
}

void fil_os_barrier(void) {
    quiet_syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0);
}

void fil_os_wait(unsigned round) {
    int saved = errno;
    if (round < 16) {
        sched_yield();
    } else {
        struct timespec nap = {0, round < 64 ? 50000 : 1000000};
        nanosleep(&nap, NULL);
    }
    errno = saved;
}

int fil_os_process_id(void) {
    return (int)quiet_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

int fil_os_thread_id(void) {
    return (int)quiet_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

bool fil_os_thread_exists(int thread_id) {
    return quiet_syscall(SYS_tgkill, fil_os_process_id(), thread_id, 0, 0, 0, 0) == 0;
}

/* Reads a small file whole into `text`, NUL-terminated; false when it can't be read. */
static bool read_text(const char *path, char *text, size_t capacity) {
    long fd = quiet_syscall(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
    if (fd < 0) return false;
    long got = quiet_syscall(SYS_read, fd, (long)text, (long)capacity - 1, 0, 0, 0);
    quiet_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
    if (got <= 0) return false;
    text[got] = 0;
    return true;
}

/* The number that follows `label` in `text`, or 0. */
static int64_t number_after(const char *text, const char *label) {
    for (; *text; text++) {
        size_t i = 0;
        while (label[i] && text[i] == label[i]) i++;
        if (label[i]) continue;
        text += i;
        while (*text == ' ' || *text == '\t') text++;
        int64_t number = 0;
        while (*text >= '0' && *text <= '9') number = number * 10 + (*text++ - '0');
        return number;
    }
    return 0;
}

int64_t fil_os_resident_bytes(void) {
    char text[4096];
    return read_text("/proc/self/status", text, sizeof text) ? number_after(text, "VmRSS:") * 1024 : 0;
}

int64_t fil_os_resident_peak_bytes(void) {
    char text[4096];
    return read_text("/proc/self/status", text, sizeof text) ? number_after(text, "VmHWM:") * 1024 : 0;
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
