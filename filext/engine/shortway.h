/* SPDX-License-Identifier: Apache-2.0 */
/* The short way (record/event.h) of blocks that C code allocates and frees, and of Python's where
 * its hook went the long way for another reason. Each returns false when the event isn't ordinary:
 * nothing has changed then, and the thread is in no section. */
#ifndef FIL_ENGINE_SHORTWAY_H
#define FIL_ENGINE_SHORTWAY_H

#include "../base/debug.h"
#include "../fil_engine.h"
#include "../record/event.h"
#include "counters.h"
#include "gate.h"
#include "livetable.h"
#include "state.h"
#include "thread.h"

/* Whether the gate names the calling thread; its section has begun then. */
FIL_INLINED bool fil_shortway_begin(struct fil_thread *thread) {
    if (__builtin_expect(!thread, 0)) return false;
    if (__builtin_expect(!fil_event_begin(&fil_state_page.words, thread), 0)) {
        fil_event_end(thread);
        return false;
    }
    FIL_PROMISE(fil_gate_is_valid(thread, NULL));
    return true;
}

/* `kind` is known where this is inlined. */
FIL_INLINED bool shortway_enter(enum fil_entry_kind kind, void *block, uint32_t node,
                                size_t bytes) {
    uintptr_t address = (uintptr_t)block;
    if (__builtin_expect(!fil_address_is_ordinary(address), 0)) return false;
    uint32_t *entry = fil_event_place(fil_livetable_fans, kind, address);
    if (__builtin_expect(!entry, 0)) return false;
    *entry = fil_packed(node, fil_half_of(kind, address), bytes);
    return true;
}

FIL_INLINED bool fil_shortway_allocated(const struct fil_walker *walker, void *block, size_t bytes,
                                        bool is_attached) {
    struct fil_thread *thread = fil_self.thread;
    if (bytes > FIL_SMALL_MAX || fil_event_looks(&fil_state_page.words) ||
        !fil_shortway_begin(thread))
        return false;
    uint32_t node = walker->stack(&thread->memo, thread->root, is_attached);
    bool is_small = fil_livetable_kind_of(bytes, !is_attached) == FIL_SMALL;
    bool is_entered =
        node && node < thread->short_slots &&
        (__builtin_expect(is_small, 1) ? shortway_enter(FIL_SMALL, block, node, bytes)
                                       : shortway_enter(FIL_TINY, block, node, bytes));
    if (__builtin_expect(!is_entered, 0)) {
        fil_event_end(thread);
        return false;
    }
    if (__builtin_expect(fil_event_gain(&fil_totals, thread, node, bytes), 0))
        fil_counters_reached();
    fil_event_end(thread);
    return true;
}

FIL_INLINED bool fil_shortway_freed(void *block) {
    struct fil_thread *thread = fil_self.thread;
    bool is_ordinary_address = fil_address_is_ordinary((uintptr_t)block);
    if (__builtin_expect(!is_ordinary_address, 0) || !fil_shortway_begin(thread)) return false;
    uint32_t *entry = fil_event_entry(fil_livetable_fans, (uintptr_t)block);
    uint32_t packed = entry ? *entry : 0, node = fil_packed_node(packed);
    int64_t bytes = fil_packed_bytes(packed);
    bool is_ordinary =
        entry && node < thread->short_slots && fil_event_is_steady(&fil_totals, bytes);
    if (__builtin_expect(is_ordinary, 1)) {
        *entry = 0;
        fil_event_lose(&fil_totals, thread, node, bytes);
    }
    fil_event_end(thread);
    return is_ordinary;
}

#endif
