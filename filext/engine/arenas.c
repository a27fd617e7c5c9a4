/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of arenas that are known now, recorded or not. fil_arenas_note is its main entry,
 * from the hooks of mmap; a recording that starts takes the list over. */
#include "arenas.h"

#include <stdatomic.h>

#include "../base/spinlock.h"

static struct {
    /* Guards the list. The count is atomic besides, because nearly every munmap asks for it, and
     * nearly always there is no arena to forget. */
    struct fil_spinlock lock;
    atomic_size_t count; /* read without the lock: mostly there is none */
    struct fil_arena_range list[FIL_ARENAS];
} arenas = {.lock = FIL_SPINLOCK(FIL_LOCK_ARENAS)};

/* The order of the list means nothing, so the last entry takes the place of one that goes. An arena
 * of which only a part goes is forgotten whole: what grows in the rest of it in
 * a later recording is in no figure. */
static void forget_locked(uintptr_t start, uintptr_t end) {
    fil_spinlock_assert_held(&arenas.lock);
    for (size_t i = 0; i < arenas.count;) {
        if (arenas.list[i].start < end && start < arenas.list[i].end)
            arenas.list[i] = arenas.list[--arenas.count];
        else i++;
    }
}

void fil_arenas_note(uintptr_t start, size_t bytes, uintptr_t caller) {
    fil_spinlock_lock(&arenas.lock);
    forget_locked(start, start + bytes);
    struct fil_arena_range arena = {start, start + bytes, caller};
    /* With more arenas than there is room for, the newest aren't known, and what grows in them in
     * a later recording is in no figure. */
    if (arenas.count < FIL_ARENAS) arenas.list[arenas.count++] = arena;
    fil_spinlock_unlock(&arenas.lock);
}

void fil_arenas_forget(uintptr_t start, size_t bytes) {
    if (!atomic_load_explicit(&arenas.count, memory_order_relaxed)) return;
    fil_spinlock_lock(&arenas.lock);
    forget_locked(start, start + bytes);
    fil_spinlock_unlock(&arenas.lock);
}

size_t fil_arenas_list(struct fil_arena_range list[FIL_ARENAS]) {
    fil_spinlock_lock(&arenas.lock);
    size_t count = arenas.count;
    for (size_t i = 0; i < count; i++) list[i] = arenas.list[i];
    fil_spinlock_unlock(&arenas.lock);
    return count;
}

void fil_arenas_after_fork(void) {
    fil_spinlock_reset(&arenas.lock);
}

#ifdef FIL_DEBUG
bool fil_arenas_is_valid(void) {
    struct fil_arena_range list[FIL_ARENAS];
    size_t count = fil_arenas_list(list);
    for (size_t i = 0; i < count; i++) {
        if (list[i].start >= list[i].end) return false;
        for (size_t k = 0; k < i; k++) {
            if (list[i].start < list[k].end && list[k].start < list[i].end) return false;
        }
    }
    return true;
}
#endif
