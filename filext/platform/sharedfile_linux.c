/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the system's side of a black box: a file opened for a moment, its blocks reserved, its pages
 * mapped. fil_sharedfile_map is its main entry. */
#define _GNU_SOURCE
#include "sharedfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include "os.h"
#include "syscall_linux.h"

int fil_sharedfile_open(const char *path, bool create, struct fil_sharedfile_identity *identity) {
    int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | (create ? O_CREAT : 0);
    long fd = fil_syscall_told(SYS_openat, AT_FDCWD, (long)path, flags, 0600, 0, 0);
    if (fd < 0) return (int)fd;
    int saved = errno, error = 0;
    struct stat file;
    if (fstat((int)fd, &file) != 0) error = errno;
    else if (!S_ISREG(file.st_mode)) error = EINVAL;
    errno = saved;
    if (error) {
        fil_sharedfile_close((int)fd);
        return -error;
    }
    *identity = (struct fil_sharedfile_identity){(uint64_t)file.st_dev, (uint64_t)file.st_ino};
    return (int)fd;
}

void fil_sharedfile_close(int fd) {
    fil_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
}

/* A file system without fallocate gets zeros to write. */
static int write_zeros(int fd, uint64_t offset, size_t bytes) {
    static const char zeros[FIL_OS_PAGE];
    for (size_t done = 0; done < bytes; done += FIL_OS_PAGE) {
        long wrote = fil_syscall_told(SYS_pwrite64, fd, (long)zeros, FIL_OS_PAGE,
                                      (long)(offset + done), 0, 0);
        if (wrote != (long)FIL_OS_PAGE) return wrote < 0 ? (int)-wrote : ENOSPC;
    }
    return 0;
}

/* Whether the disk has less than that free; where the system doesn't say, it has enough. */
static bool is_short(int fd, size_t bytes) {
    struct statfs disk;
    if (fil_syscall(SYS_fstatfs, fd, (long)&disk, 0, 0, 0, 0) != 0 || disk.f_blocks == 0)
        return false;
    return (uint64_t)disk.f_bavail * (uint64_t)disk.f_bsize < bytes;
}

int fil_sharedfile_reserve(int fd, uint64_t offset, size_t bytes, size_t spare) {
    if (is_short(fd, bytes + spare)) return ENOSPC;
    struct rlimit limit; /* the program's limit on the size of files is looked at first: going over
                            it raises a signal */
    if (fil_syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit, 0, 0) == 0 &&
        limit.rlim_cur < offset + bytes)
        return EFBIG;
    long result;
    do {
        result = fil_syscall_told(SYS_fallocate, fd, 0, (long)offset, (long)bytes, 0, 0);
    } while (result == -EINTR);
    if (result == -EOPNOTSUPP || result == -ENOSYS) return write_zeros(fd, offset, bytes);
    return (int)-result;
}

void fil_sharedfile_release(int fd, uint64_t offset, size_t bytes) {
    fil_syscall(SYS_fallocate, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (long)offset,
                (long)bytes, 0, 0);
}

int fil_sharedfile_map(int fd, uint64_t offset, size_t bytes, void *at, bool shared,
                       void **mapped) {
    int flags = (shared ? MAP_SHARED : MAP_PRIVATE) | (at ? MAP_FIXED : 0);
    long start = fil_syscall_told(SYS_mmap, (long)at, (long)bytes, PROT_READ | PROT_WRITE, flags,
                                  fd, (long)offset);
    bool failed = start < 0 && start >= -4095;
    *mapped = failed ? NULL : (void *)start;
    return failed ? (int)-start : 0;
}

/* Of 0 bytes of a shared mapping mremap makes another one, as long as it is told to. */
int fil_sharedfile_map_by(void *first, uint64_t offset, size_t bytes, void **mapped) {
    long all =
        fil_syscall_told(SYS_mremap, (long)first, 0, (long)(offset + bytes), MREMAP_MAYMOVE, 0, 0);
    bool failed = all < 0 && all >= -4095;
    if (!failed) fil_os_unmap((void *)all, offset);
    *mapped = failed ? NULL : (char *)all + offset;
    return failed ? (int)-all : 0;
}

bool fil_sharedfile_detach(void *pages, size_t bytes) {
    void *copy = fil_os_map(bytes);
    if (!copy) return false;
    memcpy(copy, pages, bytes);
    long moved = fil_syscall(SYS_mremap, (long)copy, (long)bytes, (long)bytes,
                             MREMAP_MAYMOVE | MREMAP_FIXED, (long)pages, 0);
    if (moved == -1) fil_os_unmap(copy, bytes);
    return moved != -1;
}
