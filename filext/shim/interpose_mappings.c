/* SPDX-License-Identifier: Apache-2.0 */
/* Interposed functions that map memory. What the system can't drop without swap counts: anonymous memory, private or shared,
 * /dev/zero, memfd and everything else in tmpfs, System V shared memory, the program's own sbrk. Files that lie on a disk don't.
 *
 * An end is recorded before the real call: right after it another thread may get the same range. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "../engine/recorder.h"
#include "../engine/thread.h"
#include "../platform/os.h"
#include "real.h"

#define EXPORT __attribute__((visibility("default")))

static inline bool passes_through(void) {
    return __builtin_expect(fil_recorder_is_stopped(), 1) || fil_self.guard;
}

static void *record_mapping(void *start, size_t bytes, int protection, int flags, int fd) {
    if (start != MAP_FAILED) {
        bool reservation = protection == PROT_NONE || flags & MAP_NORESERVE;
        if (flags & MAP_ANONYMOUS || fil_os_is_memory(fd)) fil_recorder_mapped(start, bytes, reservation);
        else if (flags & MAP_FIXED) fil_recorder_unmapped(start, bytes); /* a file over a range of ours ends it */
    }
    fil_self.guard = 0;
    return start;
}

EXPORT void *mmap(void *start, size_t bytes, int protection, int flags, int fd, off_t offset) {
    if (__builtin_expect(!fil_real.mmap, 0)) fil_real_resolve();
    if (passes_through()) return fil_real.mmap(start, bytes, protection, flags, fd, offset);
    fil_self.guard = 1;
    return record_mapping(fil_real.mmap(start, bytes, protection, flags, fd, offset), bytes, protection, flags, fd);
}

EXPORT void *mmap64(void *start, size_t bytes, int protection, int flags, int fd, off_t offset) {
    return mmap(start, bytes, protection, flags, fd, offset);
}

EXPORT int munmap(void *start, size_t bytes) {
    if (__builtin_expect(!fil_real.munmap, 0)) fil_real_resolve();
    bool valid = bytes && (uintptr_t)start % FIL_OS_PAGE == 0; /* else the call fails and changes nothing */
    if (passes_through() || !valid) return fil_real.munmap(start, bytes);
    fil_self.guard = 1;
    fil_recorder_unmapped(start, bytes);
    int result = fil_real.munmap(start, bytes);
    fil_self.guard = 0;
    return result;
}

EXPORT void *mremap(void *start, size_t old_bytes, size_t new_bytes, int flags, ...) {
    void *target = NULL;
    if (flags & MREMAP_FIXED) {
        va_list rest;
        va_start(rest, flags);
        target = va_arg(rest, void *);
        va_end(rest);
    }
    if (passes_through()) return fil_real.mremap(start, old_bytes, new_bytes, flags, target);
    fil_self.guard = 1;
    void *moved = fil_real.mremap(start, old_bytes, new_bytes, flags, target);
    if (moved != MAP_FAILED) fil_recorder_remapped(start, old_bytes, moved, new_bytes);
    fil_self.guard = 0;
    return moved;
}

EXPORT void *shmat(int id, const void *start, int flags) {
    if (__builtin_expect(!fil_real.shmat, 0)) fil_real_resolve();
    void *at = fil_real.shmat(id, start, flags);
    if (passes_through() || (intptr_t)at == -1) return at;
    fil_self.guard = 1;
    size_t bytes = fil_os_shared_segment_bytes(id);
    if (bytes) fil_recorder_mapped(at, bytes, false);
    fil_self.guard = 0;
    return at;
}

EXPORT int shmdt(const void *start) {
    if (__builtin_expect(!fil_real.shmdt, 0)) fil_real_resolve();
    if (passes_through()) return fil_real.shmdt(start);
    fil_self.guard = 1;
    fil_recorder_unmapped_whole(start);
    int result = fil_real.shmdt(start);
    fil_self.guard = 0;
    return result;
}

EXPORT void *sbrk(intptr_t change) {
    if (__builtin_expect(!fil_real.sbrk, 0)) fil_real_resolve();
    void *old_end = fil_real.sbrk(change);
    if (passes_through() || !change || (intptr_t)old_end == -1) return old_end;
    fil_self.guard = 1;
    if (change > 0) fil_recorder_mapped(old_end, (size_t)change, false);
    else fil_recorder_unmapped((char *)old_end + change, (size_t)-change);
    fil_self.guard = 0;
    return old_end;
}
