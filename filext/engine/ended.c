/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of what was part of the peak and has ended since. fil_ended_add is its main entry,
 * from the recorder and from the mappings. */
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
    size_t capacity;             /* entries that it has room for; guarded by the lock */
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
    /* Without memory the list stays as it is, and the entry is dropped: a report then says that it
     * was touched, which is the error that doesn't hide memory. */
    if (!grown) return false;
    ended.list = grown;
    ended.capacity = capacity;
    return true;
}

void fil_ended_add(struct fil_ended entry) {
    fil_spinlock_lock(&ended.lock);
    /* Read under the lock, so that peaks mostly come in their order. Where they don't, the newer
     * one's entries are lost: a report then knows less of what was never touched, and says
     * nothing wrong. */
    uint32_t peak = fil_counters_peak_epoch();
    if (ended.list && ended.list->peak != peak) {
        ended.list->count = 0;
        /* The process may be killed at any store: a reader of the black box must find no old entry
         * under the new peak, and none that isn't written yet. */
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
