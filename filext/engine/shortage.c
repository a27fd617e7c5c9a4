/* SPDX-License-Identifier: Apache-2.0 */
/* Owns when available memory is read again, and what makes a shortage. fil_shortage_refuses is its
 * main entry, before each large request. */
#include "shortage.h"

#include <stdatomic.h>
#include <string.h>

#include "reserve.h"

#define MB 1000000
#define FIRST_STEP (16 * MB)
#define LEAST_STEP (1 * MB)
#define ALLOCATORS_TAKE (2u << 20) /* bytes at once: an arena, a piece of the heap */

static struct {
    _Atomic(fil_on_shortage) told;
    _Atomic bool readable; /* what is left can be read */
    _Atomic int64_t
        step; /* bytes asked for after which it is read again: a hundredth of what was left */
    _Atomic int64_t asked; /* in large requests, since then */
    _Atomic int telling;   /* one shortage at a time */
} shortages;

/* Each reading sets when the next one is due: a hundredth of what is left now. */
static bool read_memory(struct fil_os_memory *memory) {
    if (!fil_os_memory_read(memory)) return false;
    int64_t step = memory->available / 100;
    atomic_store_explicit(&shortages.step, step > LEAST_STEP ? step : LEAST_STEP,
                          memory_order_relaxed);
    atomic_store_explicit(&shortages.asked, 0, memory_order_relaxed);
    return true;
}

bool fil_shortage_watch(fil_on_shortage told, char reason[FIL_LIMIT_TEXT]) {
    struct fil_os_memory memory;
    /* Read once now, so that what can't be read is said before the program runs. */
    bool readable = !told || read_memory(&memory);
    bool whole = readable && (!told || !memory.odd[0]);
    if (!whole) memcpy(reason, readable ? memory.odd : memory.limit, FIL_LIMIT_TEXT);
    atomic_store(&shortages.readable, readable);
    atomic_store(&shortages.step, FIRST_STEP);
    atomic_store(&shortages.asked, 0);
    atomic_store(&shortages.told, told);
    fil_reserve_keep(told != NULL);
    return whole;
}

bool fil_shortage_watches(void) {
    return atomic_load_explicit(&shortages.told, memory_order_relaxed) != NULL;
}

int64_t fil_shortage_step(void) {
    int64_t step = atomic_load_explicit(&shortages.step, memory_order_relaxed);
    return step > 0 ? step : FIRST_STEP;
}

/* One shortage at a time: other threads go on while one reports, and run short themselves. */
static bool tell(struct fil_shortage *shortage) {
    fil_on_shortage told = atomic_load(&shortages.told);
    shortage->threshold = fil_shortage_threshold(shortage->memory.total);
    if (!told || atomic_exchange(&shortages.telling, 1)) return false;
    fil_reserve_use();
    bool refuse = told(shortage);
    fil_reserve_renew();
    atomic_store(&shortages.telling, 0);
    return refuse;
}

/* Free memory that malloc keeps counts as used, though a program that frees and allocates again may
 * never need more. So it is given back first, and what is available is read once more. */
static bool stays_short(struct fil_os_memory *memory, size_t request) {
    if (!fil_shortage_is_there(memory, request)) return false;
    fil_os_memory_give_back();
    return read_memory(memory) && fil_shortage_is_there(memory, request);
}

bool fil_shortage_refuses(size_t bytes, bool by_allocator) {
    if (!fil_shortage_watches() || !atomic_load_explicit(&shortages.readable, memory_order_relaxed))
        return false;
    int64_t asked = atomic_fetch_add_explicit(
        &shortages.asked, (int64_t)(bytes < INT64_MAX / 4 ? bytes : INT64_MAX / 4),
        memory_order_relaxed);
    if (asked + (int64_t)bytes < fil_shortage_step()) return false;
    struct fil_shortage shortage = {.request = bytes, .by_allocator = by_allocator};
    if (!read_memory(&shortage.memory)) return false;
    shortage.absurd = bytes > (size_t)shortage.memory.machine;
    if (shortage.absurd || !stays_short(&shortage.memory, bytes))
        return false; /* the absurd fails by itself */
    memcpy(shortage.limit, shortage.memory.limit, FIL_LIMIT_TEXT);
    return tell(&shortage);
}

/* Finds the limit that made a request fail, if it is one of the process's own. An allocator asks
 * the system for more at a time than it is asked for. */
static bool is_forbidden(size_t bytes, char limit[FIL_LIMIT_TEXT]) {
    return fil_os_memory_limit_forbids(bytes, limit) ||
           fil_os_memory_limit_forbids(
               bytes < SIZE_MAX - ALLOCATORS_TAKE ? bytes + ALLOCATORS_TAKE : bytes, limit);
}

void fil_shortage_failed(size_t bytes) {
    if (!fil_shortage_watches() || !bytes) return;
    struct fil_shortage shortage = {.request = bytes, .failed = true};
    bool known = read_memory(&shortage.memory);
    shortage.absurd = known && bytes > (size_t)shortage.memory.machine;
    if (shortage.absurd || !is_forbidden(bytes, shortage.limit)) {
        if (!shortage.absurd && fil_os_mappings_are_used_up())
            return; /* the number of mappings was the limit, not memory */
        memcpy(shortage.limit, shortage.memory.limit, FIL_LIMIT_TEXT);
    }
    tell(&shortage);
}

/* Reports memory that is short now. `gives_back`: malloc gives its free memory back first. */
static void look(bool gives_back) {
    struct fil_shortage shortage = {0};
    if (!fil_shortage_watches() || !atomic_load(&shortages.readable) ||
        !read_memory(&shortage.memory))
        return;
    if (!(gives_back ? stays_short(&shortage.memory, 0)
                     : fil_shortage_is_there(&shortage.memory, 0)))
        return;
    memcpy(shortage.limit, shortage.memory.limit, FIL_LIMIT_TEXT);
    tell(&shortage);
}

void fil_shortage_grown(void) {
    look(true);
}

void fil_shortage_used_up(void) {
    look(false);
}
