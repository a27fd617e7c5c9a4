/* SPDX-License-Identifier: Apache-2.0 */
#include "ended.h"

#include <stdatomic.h>

#include "../base/spinlock.h"
#include "blackbox.h"
#include "calltree.h"
#include "counters.h"

#define FIRST_CAPACITY 256u

static struct {
    struct fil_spinlock lock;
    struct fil_ended_list *list; /* NULL: has no room */
    size_t capacity;
} ended = {.lock = FIL_SPINLOCK(FIL_LOCK_ENDED)};

static size_t size_of(size_t capacity) {
    return capacity ? sizeof *ended.list + capacity * sizeof *ended.list->entries : 0;
}

static bool make_room_locked(void) {
    fil_spinlock_assert_held(&ended.lock);
    if (ended.list && ended.list->count < ended.capacity) return true;
    size_t capacity = ended.capacity ? ended.capacity * 2 : FIRST_CAPACITY;
    struct fil_ended_list *grown = fil_blackbox_grow(FIL_PIECE_ENDED, 0, ended.list,
                                                     size_of(ended.capacity), size_of(capacity));
    if (!grown) return false;
    ended.list = grown;
    ended.capacity = capacity;
    return true;
}

void fil_ended_add(struct fil_ended entry) {
    fil_spinlock_lock(&ended.lock);
    uint32_t peak = fil_counters_peak_epoch();
    if (ended.list && ended.list->peak != peak) {
        ended.list->count = 0;
        atomic_signal_fence(memory_order_acq_rel);
    }
    if (make_room_locked()) {
        ended.list->peak = peak;
        ended.list->entries[ended.list->count] = entry;
        atomic_signal_fence(memory_order_acq_rel);
        ended.list->count++;
    }
    fil_spinlock_unlock(&ended.lock);
}

const struct fil_ended *fil_ended_list(size_t *count) {
    *count = 0;
    if (!ended.list) return NULL;
    if (ended.list->peak == fil_counters_peak_epoch()) *count = ended.list->count;
    return ended.list->entries;
}

void fil_ended_clear(void) {
    fil_blackbox_unmap(ended.list, size_of(ended.capacity));
    ended.list = NULL;
    ended.capacity = 0;
}

void fil_ended_after_fork(void) {
    fil_spinlock_reset(&ended.lock);
}

#ifdef FIL_DEBUG
bool fil_ended_is_valid(void) {
    if (!ended.list) return !ended.capacity;
    for (size_t i = 0; i < ended.list->count; i++) {
        const struct fil_ended *one = &ended.list->entries[i];
        if (!one->bytes || one->resident > one->bytes + FIL_OS_PAGE ||
            !fil_calltree_node_is_valid(one->node))
            return false;
    }
    return ended.list->count <= ended.capacity &&
           (!ended.list->count || (int32_t)(fil_counters_epoch() - ended.list->peak) >= 0);
}
#endif
