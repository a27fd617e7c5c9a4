/* SPDX-License-Identifier: Apache-2.0 */
#include "own.h"

#include <stdatomic.h>

#include "../platform/os.h"

static _Atomic size_t taken;

static size_t whole_pages(size_t bytes) {
    return (bytes + FIL_OS_PAGE - 1) & ~(size_t)(FIL_OS_PAGE - 1);
}

void *fil_own_map(size_t bytes) {
    void *block = fil_os_map(whole_pages(bytes));
    if (block) atomic_fetch_add_explicit(&taken, whole_pages(bytes), memory_order_relaxed);
    return block;
}

void *fil_own_grow(void *block, size_t old_bytes, size_t new_bytes) {
    size_t before = whole_pages(old_bytes), after = whole_pages(new_bytes);
    if (before == after) return block;
    void *grown = fil_os_remap(block, before, after);
    if (grown) atomic_fetch_add_explicit(&taken, after - before, memory_order_relaxed);
    return grown;
}

void fil_own_unmap(void *block, size_t bytes) {
    if (!block) return;
    fil_os_unmap(block, whole_pages(bytes));
    atomic_fetch_sub_explicit(&taken, whole_pages(bytes), memory_order_relaxed);
}

void fil_own_clear(void *block, size_t bytes) {
    fil_os_drop(block, whole_pages(bytes));
}

size_t fil_own_bytes(void) {
    return atomic_load_explicit(&taken, memory_order_relaxed);
}
