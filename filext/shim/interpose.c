/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the interposed functions of malloc's family. Each is an entry by its name in libc; functions
 * that map memory have a file of their own.
 *
 * The interposed functions but for mappings, which have a file of their own. A hook is: real call,
 * one call of the recorder, return. While nothing is recorded it costs one branch.
 *
 * Frees are recorded before the real free: right after it another thread may get the same address.
 * The thread's guard is set around the real call too, so that an allocator which maps its own
 * memory isn't counted twice. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "environment.h"
#include "hook.h"
#include "newthread.h"
#include "real.h"
#include "refusal.h"

static APART void *failed(size_t bytes) {
    fil_refusal_by_system(errno, bytes);
    fil_self.guard = 0;
    return NULL;
}

static inline void *recorded(void *block, size_t bytes) {
    if (__builtin_expect(block == NULL, 0)) return failed(bytes);
    fil_recorder_allocated(block, bytes, false);
    fil_self.guard = 0;
    return block;
}

static inline void *refused(void) {
    fil_self.guard = 0;
    return NULL;
}

/* Out of line: the handling of a shortage needs registers, which would otherwise be saved for each
 * small block. */
static APART void *malloc_large(size_t bytes) {
    return fil_refusal_of(bytes) ? refused() : recorded(fil_real.malloc(bytes), bytes);
}

/* The recording is out of line, too: so the hook saves no registers, and is one branch and one jump
 * while nothing is recorded. */
FIL_HOT_PATH static APART void *malloc_recorded(size_t bytes) {
    fil_self.guard = 1;
    if (__builtin_expect(bytes >= FIL_LARGE_BLOCK, 0)) return malloc_large(bytes);
    return recorded(fil_real.malloc(bytes), bytes);
}

EXPORT void *malloc(size_t bytes) {
    return fil_hook_passes_through() ? fil_real.malloc(bytes) : malloc_recorded(bytes);
}

EXPORT void *calloc(size_t count, size_t bytes) {
    if (fil_hook_passes_through()) return fil_real.calloc(count, bytes);
    size_t total;
    bool overflows = __builtin_mul_overflow(
        count, bytes, &total); /* then it fails, and memory has nothing to do with it */
    fil_self.guard = 1;
    if (!overflows && fil_refusal_of(total)) return refused();
    return recorded(fil_real.calloc(count, bytes), overflows ? 0 : total);
}

FIL_HOT_PATH static APART void free_recorded(void *block) {
    fil_self.guard = 1;
    fil_recorder_freed(block);
    fil_self.guard = 0;
    fil_real.free(block);
}

EXPORT void free(void *block) {
    if (!block || __builtin_expect(fil_real_is_boot(block), 0)) return;
    if (fil_hook_passes_through()) fil_real.free(block);
    else free_recorded(block);
}

/* C23's frees, and the name that glibc keeps for programs from before 2017: each is free under
 * another name. A program that asks for one gets ours, even where libc has none yet. */
EXPORT void free_sized(void *block, size_t bytes) {
    (void)bytes;
    free(block);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t bytes) {
    (void)alignment, (void)bytes;
    free(block);
}

EXPORT void cfree(void *block) {
    free(block);
}

/* A block of the boot heap can't grow: it moves to the real one. */
static APART void *leave_boot_heap(void *block, size_t bytes) {
    size_t rest = fil_real_boot_rest(block);
    void *moved = malloc(bytes);
    if (moved) memcpy(moved, block, bytes < rest ? bytes : rest);
    return moved;
}

static APART void *realloc_recorded(void *block, size_t bytes) {
    fil_self.guard = 1;
    struct fil_taken taken = fil_recorder_take(block);
    size_t more = bytes > taken.block.bytes ? bytes - taken.block.bytes : 0;
    bool refuses = fil_refusal_of(more);
    void *moved = refuses ? NULL : fil_real.realloc(block, bytes);
    if (moved) fil_recorder_moved(taken, moved, bytes, false);
    else if (bytes) fil_recorder_put_back(taken, block); /* failed: the old block stands */
    if (!moved && bytes && !refuses) fil_refusal_by_system(errno, bytes);
    if (!moved && !bytes) fil_recorder_moved(taken, NULL, 0, false); /* realloc(block, 0) frees */
    fil_self.guard = 0;
    return moved;
}

EXPORT void *realloc(void *block, size_t bytes) {
    if (!block) return malloc(bytes);
    if (__builtin_expect(fil_real_is_boot(block), 0)) return leave_boot_heap(block, bytes);
    return fil_hook_passes_through() ? fil_real.realloc(block, bytes)
                                     : realloc_recorded(block, bytes);
}

EXPORT void *reallocarray(void *block, size_t count, size_t bytes) {
    size_t total;
    if (__builtin_mul_overflow(count, bytes, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, total);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t bytes) {
    if (fil_hook_passes_through()) return fil_real.posix_memalign(block, alignment, bytes);
    fil_self.guard = 1;
    int saved = errno;
    if (fil_refusal_of(bytes)) {
        errno = saved; /* posix_memalign gives the error and leaves errno alone */
        refused();
        return ENOMEM;
    }
    int error = fil_real.posix_memalign(block, alignment, bytes);
    if (error) fil_refusal_by_system(error, bytes);
    else fil_recorder_allocated(*block, bytes, false);
    fil_self.guard = 0;
    return error;
}

EXPORT void *aligned_alloc(size_t alignment, size_t bytes) {
    if (fil_hook_passes_through()) return fil_real.aligned_alloc(alignment, bytes);
    fil_self.guard = 1;
    if (fil_refusal_of(bytes)) return refused();
    return recorded(fil_real.aligned_alloc(alignment, bytes), bytes);
}

EXPORT void *memalign(size_t alignment, size_t bytes) {
    if (fil_hook_passes_through()) return fil_real.memalign(alignment, bytes);
    fil_self.guard = 1;
    if (fil_refusal_of(bytes)) return refused();
    return recorded(fil_real.memalign(alignment, bytes), bytes);
}

EXPORT void *valloc(size_t bytes) {
    if (fil_hook_passes_through()) return fil_real.valloc(bytes);
    fil_self.guard = 1;
    if (fil_refusal_of(bytes)) return refused();
    return recorded(fil_real.valloc(bytes), bytes);
}

EXPORT void *pvalloc(size_t bytes) {
    if (fil_hook_passes_through()) return fil_real.pvalloc(bytes);
    fil_self.guard = 1;
    if (fil_refusal_of(bytes)) return refused();
    return recorded(fil_real.pvalloc(bytes), bytes);
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*routine)(void *),
                          void *argument) {
    if (__builtin_expect(!fil_real.pthread_create, 0)) fil_real_resolve();
    if (fil_self.guard) return fil_real.pthread_create(thread, how, routine, argument);
    fil_self.guard = 1;
    int error = fil_newthread_create(thread, how, routine, argument);
    fil_self.guard = 0;
    return error;
}

/* libc's own doesn't go through pthread_create's name. */
EXPORT int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument) {
    if (fil_self.guard) return fil_real.thrd_create(thread, routine, argument);
    fil_self.guard = 1;
    int result = fil_newthread_create_c11(thread, routine, argument);
    fil_self.guard = 0;
    return result;
}

EXPORT char *getenv(const char *name) {
    char *real = fil_real.getenv(name);
    return fil_environment_answer(name, real);
}

EXPORT char *secure_getenv(const char *name) {
    char *real = fil_real.secure_getenv ? fil_real.secure_getenv(name) : fil_real.getenv(name);
    return fil_environment_answer(name, real);
}
