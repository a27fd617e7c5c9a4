/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the address space that is set aside for the report of a shortage. fil_reserve_keep begins
 * it, and fil_reserve_use releases it when the report is due. */
#include "reserve.h"

#include <stddef.h>

#include "../base/own.h"
#include "../base/spinlock.h"

#define LEAST_BYTES ((size_t)8 << 20)
#define BYTES_PER_NODE 576u
#define LEAST_GROWTH ((size_t)256 << 10)

static struct {
    struct fil_spinlock lock;
    /* Guarded by the lock, as all here: whether a reserve is kept, whether it is released for a
     * report just now, and for how many nodes it is. */
    bool is_wanted, is_in_use;
    uint32_t nodes;
    void *block;
    size_t bytes; /* of the block */
} reserve = {.lock = FIL_SPINLOCK(FIL_LOCK_RESERVE)};

/* The system may give the address space to any thread at once: the reserve is no promise, but the
 * report's own requests come next. */
static void give_back_locked(void) {
    fil_spinlock_assert_held(&reserve.lock);
    fil_own_unmap(reserve.block, reserve.bytes);
    reserve.block = NULL;
    reserve.bytes = 0;
}

/* Where the system refuses the whole, the largest part that it grants is kept. */
static void fill_up_locked(void) {
    fil_spinlock_assert_held(&reserve.lock);
    size_t wanted = LEAST_BYTES + (size_t)reserve.nodes * BYTES_PER_NODE;
    if (!reserve.is_wanted || reserve.is_in_use) return;
    for (; wanted > reserve.bytes + LEAST_GROWTH; wanted -= (wanted - reserve.bytes) / 8) {
        void *block = fil_own_grow(reserve.block, reserve.bytes, wanted);
        if (!block) continue;
        reserve.block = block;
        reserve.bytes = wanted;
        return;
    }
}

void fil_reserve_keep(bool wanted) {
    fil_spinlock_lock(&reserve.lock);
    reserve.is_wanted = wanted;
    reserve.is_in_use = false;
    reserve.nodes = 0;
    if (!wanted) give_back_locked();
    fill_up_locked();
    fil_spinlock_unlock(&reserve.lock);
}

void fil_reserve_grow(uint32_t nodes) {
    fil_spinlock_lock(&reserve.lock);
    /* Called with the call tree's lock held, for each chunk of nodes: rarely. */
    reserve.nodes = nodes;
    fill_up_locked();
    fil_spinlock_unlock(&reserve.lock);
}

void fil_reserve_use(void) {
    fil_spinlock_lock(&reserve.lock);
    /* Until it is renewed, growth of the tree doesn't take the space back. */
    reserve.is_in_use = true;
    give_back_locked();
    fil_spinlock_unlock(&reserve.lock);
}

/* The report is written, or couldn't be: the next shortage needs it again. */
void fil_reserve_renew(void) {
    fil_spinlock_lock(&reserve.lock);
    reserve.is_in_use = false;
    fill_up_locked();
    fil_spinlock_unlock(&reserve.lock);
}

void fil_reserve_after_fork(void) {
    fil_spinlock_reset(&reserve.lock);
}
