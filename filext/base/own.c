/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of all memory that the profiler has from the system, so that its resident pages can
 * be reported. fil_own_map and fil_own_unmap are its entries. */
#include "own.h"

#include <stdatomic.h>
#include <stdint.h>

#include "../platform/os.h"

/* Every block that wasn't released, by a hash of its address, so that resident bytes can be
 * counted. Lock-free, because a signal handler may run here while its own thread is here; never
 * grown: a block that finds no free entry isn't reported. A hash chooses the column, and the first
 * row that is free there is its entry: a program has some hundred blocks, and only the pages of
 * rows in use are ever touched. */
#define COLUMNS 1024u
#define ROWS 64u
#define VACATED ((uintptr_t)1) /* an entry that was used before: searches go on behind it */

struct piece {
    _Atomic uintptr_t start; /* 0: never used */
    _Atomic size_t bytes;
};

static struct piece pieces[ROWS][COLUMNS];
static _Atomic uint32_t rows_used;

static uint32_t column(uintptr_t start) {
    return (uint32_t)(((start / FIL_OS_PAGE) * 0x9E3779B97F4A7C15u) >> 54);
}

static void use_row(uint32_t row) {
    uint32_t used = atomic_load_explicit(&rows_used, memory_order_relaxed);
    while (used <= row && !atomic_compare_exchange_weak(&rows_used, &used, row + 1)) continue;
}

static void enter(void *block, size_t bytes) {
    for (uint32_t row = 0; row < ROWS; row++) {
        struct piece *entry = &pieces[row][column((uintptr_t)block)];
        uintptr_t there = atomic_load_explicit(&entry->start, memory_order_relaxed);
        if (there > VACATED ||
            !atomic_compare_exchange_strong(&entry->start, &there, (uintptr_t)block))
            continue;
        atomic_store_explicit(&entry->bytes, bytes, memory_order_relaxed);
        use_row(row);
        return;
    }
}

static void strike_out(void *block) {
    for (uint32_t row = 0; row < ROWS; row++) {
        struct piece *entry = &pieces[row][column((uintptr_t)block)];
        uintptr_t there = atomic_load_explicit(&entry->start, memory_order_relaxed);
        if (there == 0) return;
        if (there != (uintptr_t)block) continue;
        atomic_store_explicit(&entry->bytes, 0, memory_order_relaxed);
        atomic_store_explicit(&entry->start, VACATED, memory_order_relaxed);
        return;
    }
}

void *fil_own_map(size_t bytes) {
    void *block = fil_os_map(fil_os_whole_pages(bytes));
    if (block) enter(block, fil_os_whole_pages(bytes));
    return block;
}

void *fil_own_grow(void *block, size_t old_bytes, size_t new_bytes) {
    if (!block) return fil_own_map(new_bytes);
    size_t before = fil_os_whole_pages(old_bytes), after = fil_os_whole_pages(new_bytes);
    if (before == after) return block;
    strike_out(block); /* before the move: right after it another thread may get, and enter, the
                          same address */
    void *grown = fil_os_remap(block, before, after);
    enter(grown ? grown : block, grown ? after : before);
    return grown;
}

void fil_own_prefer_huge(void *block, size_t bytes) {
    fil_os_prefer_huge(block, fil_os_whole_pages(bytes));
}

void fil_own_populate(void *block, size_t bytes) {
    fil_os_populate(block, fil_os_whole_pages(bytes));
}

void fil_own_discard(void *start, size_t bytes) {
    uintptr_t first = fil_os_whole_pages((uintptr_t)start),
              end = ((uintptr_t)start + bytes) & ~(uintptr_t)(FIL_OS_PAGE - 1);
    if (first < end) fil_os_discard((void *)first, end - first);
}

void fil_own_unmap(void *block, size_t bytes) {
    if (!block) return;
    strike_out(block);
    fil_os_unmap(block, fil_os_whole_pages(bytes));
}

size_t fil_own_resident_bytes(void) {
    size_t resident = 0;
    for (uint32_t i = 0; i < atomic_load_explicit(&rows_used, memory_order_relaxed) * COLUMNS;
         i++) {
        struct piece *piece = &pieces[i / COLUMNS][i % COLUMNS];
        uintptr_t start = atomic_load_explicit(&piece->start, memory_order_relaxed);
        if (start > VACATED)
            resident += fil_os_resident_in(
                start, atomic_load_explicit(&piece->bytes, memory_order_relaxed));
    }
    return resident;
}
