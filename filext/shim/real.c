/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the pointers to the functions behind the interposed names, and the boot heap.
 * fil_real_resolve is its main entry. */
#define _GNU_SOURCE
#include "real.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>

static char boot_heap[64 * 1024] __attribute__((aligned(16)));
static atomic_size_t boot_used;
static _Thread_local int resolving __attribute__((tls_model("initial-exec")));

static void *boot_allocate(size_t bytes) {
    size_t rounded = (bytes + 31) & ~(size_t)15;
    size_t at = atomic_fetch_add(&boot_used, rounded);
    return at + rounded <= sizeof boot_heap ? boot_heap + at : NULL;
}

bool fil_real_is_boot(const void *block) {
    return (uintptr_t)block - (uintptr_t)boot_heap < sizeof boot_heap;
}

size_t fil_real_boot_rest(const void *block) {
    return (size_t)(boot_heap + sizeof boot_heap - (const char *)block);
}

/* The first calls of a process come here, some of them from dlsym itself. */
static void *first_malloc(size_t bytes) {
    if (resolving) return boot_allocate(bytes);
    fil_real_resolve();
    return fil_real.malloc(bytes);
}

static void *first_calloc(size_t count, size_t bytes) {
    if (resolving)
        return boot_allocate(count * bytes); /* the boot heap is zero, and dlsym asks for little */
    fil_real_resolve();
    return fil_real.calloc(count, bytes);
}

static void *first_realloc(void *block, size_t bytes) {
    if (resolving) return block ? NULL : boot_allocate(bytes);
    fil_real_resolve();
    return fil_real.realloc(block, bytes);
}

static void first_free(void *block) {
    if (resolving) return;
    fil_real_resolve();
    fil_real.free(block);
}

static char *first_getenv(const char *name) {
    if (resolving) return NULL;
    fil_real_resolve();
    return fil_real.getenv(name);
}

struct fil_real fil_real = {
    .malloc = first_malloc,
    .calloc = first_calloc,
    .realloc = first_realloc,
    .free = first_free,
    .getenv = first_getenv,
};

void fil_real_resolve(void) {
    static atomic_bool done;
    if (atomic_load_explicit(&done, memory_order_acquire) || resolving) return;
    resolving = 1;
    struct fil_real found;
#define NAME(result, name, parameters) *(void **)&found.name = dlsym(RTLD_NEXT, #name);
    FIL_REQUIRED_NAMES(NAME)
    FIL_OPTIONAL_NAMES(NAME)
#undef NAME
    fil_real = found;
    resolving = 0;
    atomic_store_explicit(&done, true, memory_order_release);
}

bool fil_real_is_glibc(void) {
    Dl_info libc, heap;
    void *in_libc = dlsym(RTLD_NEXT, "gnu_get_libc_version");
    bool found = in_libc && dladdr(in_libc, &libc) && dladdr(*(void **)&fil_real.malloc, &heap);
    return found && libc.dli_fbase == heap.dli_fbase;
}
