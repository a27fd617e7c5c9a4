/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of what was part of the peak and has ended since. fil_ended_add is its main entry,
 * from the recorder and from the mappings. */
#include "ended.h"

#include "../base/own.h"
#include "../base/spinlock.h"
#include "calltree.h"
#include "counters.h"

#define FIRST_CAPACITY 256u

static struct {
    struct fil_spinlock lock;
    struct fil_ended *list; /* guarded by the lock, as all here; it only grows in a recording */
    size_t count, capacity; /* entries */
    uint32_t peak;          /* epoch of the peak that the list belongs to */
} ended = {.lock = FIL_SPINLOCK(FIL_LOCK_ENDED)};

void fil_ended_add(struct fil_ended entry) {
    fil_spinlock_lock(&ended.lock);
    /* Read under the lock, so that peaks mostly come in their order. Where they don't, the newer
     * one's entries are lost: a report then knows less of what was never touched, and says
     * nothing wrong. */
    uint32_t peak = fil_counters_peak_epoch();
    if (ended.peak != peak) ended.count = 0;
    ended.peak = peak;
    if (ended.count == ended.capacity) {
        size_t capacity = ended.capacity ? ended.capacity * 2 : FIRST_CAPACITY;
        struct fil_ended *grown =
            fil_own_grow(ended.list, ended.capacity * sizeof *grown, capacity * sizeof *grown);
        /* Without memory the list stays as it is, and this entry is dropped: the report then says
         * that it was touched, which is the error that doesn't hide memory. */
        if (grown) {
            ended.list = grown;
            ended.capacity = capacity;
        }
    }
    if (ended.count < ended.capacity) ended.list[ended.count++] = entry;
    fil_spinlock_unlock(&ended.lock);
}

const struct fil_ended *fil_ended_list(size_t *count) {
    /* A list of an older peak is stale: nothing has ended since the present one. */
    *count = ended.peak == fil_counters_peak_epoch() ? ended.count : 0;
    return ended.list;
}

void fil_ended_clear(void) {
    fil_own_unmap(ended.list, ended.capacity * sizeof *ended.list);
    ended.list = NULL;
    ended.count = ended.capacity = 0;
}

void fil_ended_after_fork(void) {
    fil_spinlock_reset(&ended.lock);
}

#ifdef FIL_DEBUG
bool fil_ended_is_valid(void) {
    for (size_t i = 0; i < ended.count; i++) {
        const struct fil_ended *one = &ended.list[i];
        if (!one->bytes || one->resident > one->bytes + FIL_OS_PAGE ||
            !fil_calltree_node_is_valid(one->node))
            return false;
    }
    return ended.count <= ended.capacity &&
           (!ended.count || (int32_t)(fil_counters_epoch() - ended.peak) >= 0);
}
#endif
