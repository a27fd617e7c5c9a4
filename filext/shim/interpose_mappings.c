/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the interposed functions that map memory: what is mapped, and what happens to it. Each is an
 * entry by its name in libc; how much of it counts is engine/mappings.h's.
 *
 * An end is recorded before the real call: right after it another thread may get the same range. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "../engine/arenas.h"
#include "../engine/touching.h"
#include "../platform/os.h"
#include "hook.h"
#include "libraries.h"
#include "real.h"
#include "refusal.h"

#define PATH_BYTES 1024 /* on the stack of a hook: longer ones are cut */

static inline bool is_whole_pages(const void *start) {
    return (uintptr_t)start % FIL_OS_PAGE == 0;
}

/* A file's pages can be dropped and read again, but for those that were written to privately. */
static APART void record_file(struct fil_mapping mapping, bool is_private, bool is_writable,
                              int fd) {
    char path[PATH_BYTES];
    fil_os_path_of(fd, path, sizeof path);
    mapping.kind = FIL_KIND_PRIVATE_FILE;
    mapping.counting = !is_private   ? FIL_COUNTS_NEVER
                       : is_writable ? FIL_COUNTS_WRITTEN
                                     : FIL_COUNTS_INACCESSIBLE;
    mapping.path = path;
    fil_recorder_mapped(&mapping);
}

/* A call of mmap, and whose code made it. */
struct call {
    void *start;
    size_t bytes;
    int protection, flags, fd;
    off_t offset;
    void *caller;
};

static void *call_real(const struct call *call) {
    return fil_real.mmap(call->start, call->bytes, call->protection, call->flags, call->fd,
                         call->offset);
}

static bool is_private(const struct call *call) {
    return (call->flags & MAP_TYPE) == MAP_PRIVATE;
}

static APART void record_mapping(void *start, const struct call *call) {
    struct fil_mapping mapping = {
        .start = (uintptr_t)start, .bytes = call->bytes, .kind = FIL_KIND_ANONYMOUS};
    mapping.caller = (uintptr_t)call->caller;
    enum fil_os_backing backing = FIL_OS_MEMORY;
    if (!(call->flags & MAP_ANONYMOUS)) backing = fil_os_backing_of(call->fd, &mapping.object);
    if (backing == FIL_OS_DEVICE) {
        if (call->flags & MAP_FIXED) fil_recorder_replaced(start, call->bytes);
        return;
    }
    if (backing == FIL_OS_FILE) {
        mapping.object = 0;
        record_file(mapping, is_private(call), call->protection & PROT_WRITE, call->fd);
        return;
    }
    if (!is_private(call) || !(call->flags & MAP_ANONYMOUS)) mapping.kind = FIL_KIND_SHARED;
    if (is_private(call)) mapping.object = 0; /* what is written to it is its own */
    mapping.offset = (uint64_t)call->offset;
    if (call->protection == PROT_NONE) mapping.counting = FIL_COUNTS_INACCESSIBLE;
    else if (call->flags & MAP_NORESERVE) mapping.counting = FIL_COUNTS_RESIDENT;
    bool is_ordinary = mapping.counting == FIL_COUNTS_LENGTH && mapping.kind == FIL_KIND_ANONYMOUS;
    mapping.by_library =
        is_ordinary && call->bytes >= FIL_LARGE_BLOCK && fil_libraries_is_one(call->caller);
    fil_recorder_mapped(&mapping);
}

/* Allocators' arenas are noted also while nothing is recorded. */
static void note_arena(void *start, const struct call *call) {
    bool is_private_memory = is_private(call) && call->flags & MAP_ANONYMOUS;
    bool is_reserved = call->protection == PROT_NONE || call->flags & MAP_NORESERVE;
    if (is_private_memory && is_reserved && fil_arenas_is_one(call->bytes))
        fil_arenas_note((uintptr_t)start, call->bytes, (uintptr_t)call->caller);
    else if (call->flags & MAP_FIXED) fil_arenas_forget((uintptr_t)start, call->bytes);
}

static APART void *map_recorded(const struct call *call) {
    /* A program that has no huge pages asks for small ones next. */
    bool is_reserved = call->protection == PROT_NONE || call->flags & MAP_NORESERVE;
    bool is_memory =
        call->flags & MAP_ANONYMOUS && !is_reserved && !(call->flags & (MAP_FIXED | MAP_HUGETLB));
    if (is_memory && fil_refusal_of_pages(call->bytes, is_private(call))) return MAP_FAILED;
    bool replaces = call->flags & MAP_FIXED && fil_mappings_want_checkpoints();
    if (replaces && is_whole_pages(call->start)) fil_recorder_replacing(call->start, call->bytes);
    void *at = call_real(call);
    if (at == MAP_FAILED && is_memory) fil_refusal_by_system(errno, call->bytes);
    if (at != MAP_FAILED) record_mapping(at, call);
    return at;
}

static void *map(const struct call *call) {
    if (__builtin_expect(!fil_real.mmap, 0)) fil_real_resolve();
    if (fil_self.guard) return call_real(call);
    fil_self.guard = 1;
    void *at = fil_state_is_stopped() ? call_real(call) : map_recorded(call);
    if (at != MAP_FAILED) note_arena(at, call);
    fil_self.guard = 0;
    return at;
}

EXPORT void *mmap(void *start, size_t bytes, int protection, int flags, int fd, off_t offset) {
    return map(
        &(struct call){start, bytes, protection, flags, fd, offset, __builtin_return_address(0)});
}

EXPORT void *mmap64(void *start, size_t bytes, int protection, int flags, int fd, off_t offset) {
    return map(
        &(struct call){start, bytes, protection, flags, fd, offset, __builtin_return_address(0)});
}

EXPORT int munmap(void *start, size_t bytes) {
    if (__builtin_expect(!fil_real.munmap, 0)) fil_real_resolve();
    bool valid = bytes && is_whole_pages(start); /* else the call fails and changes nothing */
    if (fil_self.guard || !valid) return fil_real.munmap(start, bytes);
    fil_self.guard = 1;
    fil_arenas_forget((uintptr_t)start, bytes);
    if (!fil_state_is_stopped()) fil_recorder_unmapping(start, bytes);
    int result = fil_real.munmap(start, bytes);
    fil_self.guard = 0;
    return result;
}

static APART void *remap_recorded(void *start, size_t old_bytes, size_t new_bytes, int flags,
                                  void *target) {
    fil_self.guard = 1;
    fil_arenas_forget((uintptr_t)start, old_bytes);
    if (flags & MREMAP_FIXED) fil_arenas_forget((uintptr_t)target, new_bytes);
    struct fil_moving moving = {0};
    if (!fil_state_is_stopped()) {
        bool replaces = flags & MREMAP_FIXED && fil_mappings_want_checkpoints();
        if (replaces) fil_recorder_replacing(target, new_bytes);
        moving = fil_recorder_begin_move(start, old_bytes);
    }
    void *at = fil_real.mremap(start, old_bytes, new_bytes, flags, target);
    struct fil_move move = {(uintptr_t)start, (uintptr_t)at, old_bytes, new_bytes,
                            flags & MREMAP_DONTUNMAP};
    fil_recorder_end_move(moving, at == MAP_FAILED ? NULL : &move);
    fil_self.guard = 0;
    return at;
}

EXPORT void *mremap(void *start, size_t old_bytes, size_t new_bytes, int flags, ...) {
    if (__builtin_expect(!fil_real.mremap, 0)) fil_real_resolve();
    void *target = NULL;
    if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) { /* to the latter it is a hint */
        va_list rest;
        va_start(rest, flags);
        target = va_arg(rest, void *);
        va_end(rest);
    }
    if (fil_self.guard) return fil_real.mremap(start, old_bytes, new_bytes, flags, target);
    return remap_recorded(start, old_bytes, new_bytes, flags, target);
}

/* A reservation becomes memory where its pages may be touched, a file mapped privately where they
 * may be written to. */
static APART void record_protection(void *start, size_t bytes, int protection) {
    fil_self.guard = 1;
    if (protection != PROT_NONE && fil_mappings_has_inaccessible())
        fil_recorder_made_accessible(start, bytes, protection & PROT_WRITE);
    fil_self.guard = 0;
}

EXPORT int mprotect(void *start, size_t bytes, int protection) {
    if (__builtin_expect(!fil_real.mprotect, 0)) fil_real_resolve();
    int result = fil_real.mprotect(start, bytes, protection);
    if (!fil_hook_passes_through() && result == 0) record_protection(start, bytes, protection);
    return result;
}

EXPORT int pkey_mprotect(void *start, size_t bytes, int protection, int key) {
    if (__builtin_expect(!fil_real.pkey_mprotect, 0)) fil_real_resolve();
    int result = fil_real.pkey_mprotect(start, bytes, protection, key);
    if (!fil_hook_passes_through() && result == 0) record_protection(start, bytes, protection);
    return result;
}

/* Pages given up by MADV_FREE may go at any time, and until then look like all others. Where what
 * is resident is counted they go at once, so that it is also what is held. */
static APART int advise_recorded(void *start, size_t bytes, int advice) {
    fil_self.guard = 1;
    bool counted = fil_recorder_dropping(start, bytes);
    int result =
        fil_real.madvise(start, bytes, counted && advice == MADV_FREE ? MADV_DONTNEED : advice);
    fil_self.guard = 0;
    return result;
}

EXPORT int madvise(void *start, size_t bytes, int advice) {
    if (__builtin_expect(!fil_real.madvise, 0)) fil_real_resolve();
    bool drops = advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_REMOVE ||
                 advice == MADV_DONTNEED_LOCKED;
    if (fil_hook_passes_through() || !drops || !is_whole_pages(start))
        return fil_real.madvise(start, bytes, advice);
    int result = fil_mappings_want_checkpoints() ? advise_recorded(start, bytes, advice)
                                                 : fil_real.madvise(start, bytes, advice);
    fil_touching_undone();
    return result;
}

EXPORT void *shmat(int id, const void *start, int flags) {
    if (__builtin_expect(!fil_real.shmat, 0)) fil_real_resolve();
    void *at = fil_real.shmat(id, start, flags);
    if (fil_hook_passes_through() || (intptr_t)at == -1) return at;
    fil_self.guard = 1;
    struct fil_mapping mapping = {
        .start = (uintptr_t)at, .bytes = fil_os_shared_segment_bytes(id), .kind = FIL_KIND_SHARED};
    mapping.object = (uint64_t)(unsigned)id + 1; /* files' numbers have the highest bit set */
    if (mapping.bytes) fil_recorder_mapped(&mapping);
    fil_self.guard = 0;
    return at;
}

EXPORT int shmdt(const void *start) {
    if (__builtin_expect(!fil_real.shmdt, 0)) fil_real_resolve();
    if (fil_hook_passes_through()) return fil_real.shmdt(start);
    fil_self.guard = 1;
    fil_recorder_unmapping_whole(start);
    int result = fil_real.shmdt(start);
    fil_self.guard = 0;
    return result;
}

/* The break moved from `old_end` by the program itself; malloc's own moves don't come here. */
static APART void record_break(char *old_end, intptr_t change) {
    fil_self.guard = 1;
    struct fil_mapping mapping = {
        .start = (uintptr_t)old_end, .bytes = (size_t)change, .kind = FIL_KIND_ANONYMOUS};
    if (change > 0) fil_recorder_mapped(&mapping);
    if (change < 0) fil_recorder_unmapping(old_end + change, (size_t)-change);
    fil_self.guard = 0;
}

EXPORT void *sbrk(intptr_t change) {
    if (__builtin_expect(!fil_real.sbrk, 0)) fil_real_resolve();
    void *old_end = fil_real.sbrk(change);
    if (!fil_hook_passes_through() && (intptr_t)old_end != -1) record_break(old_end, change);
    return old_end;
}

EXPORT int brk(void *end) {
    if (__builtin_expect(!fil_real.brk || !fil_real.sbrk, 0)) fil_real_resolve();
    if (fil_hook_passes_through()) return fil_real.brk(end);
    char *old_end = fil_real.sbrk(0);
    int result = fil_real.brk(end);
    if (result == 0) record_break(old_end, (char *)end - old_end);
    return result;
}
