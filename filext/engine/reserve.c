/* SPDX-License-Identifier: Apache-2.0 */
#include "reserve.h"

#include <stddef.h>

#include "../base/own.h"
#include "../base/spinlock.h"

#define LEAST_BYTES ((size_t)8 << 20)
#define BYTES_PER_NODE 576u
#define LEAST_GROWTH ((size_t)256 << 10)

static struct {
    struct fil_spinlock lock;
    bool is_wanted, is_in_use;
    uint32_t nodes;
    void *block;
    size_t bytes; /* of the block */
} reserve = {.lock = FIL_SPINLOCK(FIL_LOCK_RESERVE)};

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
    reserve.nodes = nodes;
    fill_up_locked();
    fil_spinlock_unlock(&reserve.lock);
}

void fil_reserve_use(void) {
    fil_spinlock_lock(&reserve.lock);
    reserve.is_in_use = true;
    give_back_locked();
    fil_spinlock_unlock(&reserve.lock);
}

void fil_reserve_renew(void) {
    fil_spinlock_lock(&reserve.lock);
    reserve.is_in_use = false;
    fill_up_locked();
    fil_spinlock_unlock(&reserve.lock);
}

void fil_reserve_after_fork(void) {
    fil_spinlock_reset(&reserve.lock);
}
