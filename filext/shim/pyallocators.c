/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the hooks that stand in for Python's allocators. fil_pyallocators_wrap is its entry. */
#include "pyallocators.h"

#include <errno.h>

#include "../engine/counters.h"
#include "../engine/gate.h"
#include "../record/event.h"
#include "hook.h"
#include "refusal.h"

#define SMALL_FACTORS ((size_t)1 << 32) /* below it, a product doesn't overflow */

/* The hooks stay in Python's allocators when another tool has put its own on top; then nothing may
 * be recorded, hence both checks. */
static inline bool passes_through(void) {
    return fil_self.guard || __builtin_expect(fil_state_is_stopped(), 0);
}

/* `refuses`: the refusal was our own, and is reported already. */
static APART void *failed(size_t bytes, bool refuses) {
    if (!refuses) fil_refusal_by_system(errno, bytes);
    fil_self.guard = 0;
    return NULL;
}

static inline void *recorded(void *block, size_t bytes, bool refuses) {
    if (__builtin_expect(block == NULL, 0)) return failed(bytes, refuses);
    fil_recorder_allocated(block, bytes, true);
    fil_self.guard = 0;
    return block;
}

/* Out of line: the handling of a shortage needs registers, which would otherwise be saved for each
 * small block. */
static APART void *malloc_large(struct fil_python_allocator *inner, size_t bytes) {
    bool refuses = fil_refusal_of(bytes);
    return recorded(refuses ? NULL : inner->malloc(inner->ctx, bytes), bytes, refuses);
}

FIL_HOT_PATH static void *hook_malloc(void *ctx, size_t bytes) {
    struct fil_python_allocator *inner = ctx;
    if (passes_through()) return inner->malloc(inner->ctx, bytes);
    fil_self.guard = 1;
    if (__builtin_expect(bytes >= FIL_LARGE_BLOCK, 0)) return malloc_large(inner, bytes);
    return recorded(inner->malloc(inner->ctx, bytes), bytes, false);
}

static APART void *calloc_large(struct fil_python_allocator *inner, size_t count, size_t bytes) {
    size_t total;
    if (__builtin_mul_overflow(count, bytes, &total)) total = 0;
    bool refuses = fil_refusal_of(total);
    return recorded(refuses ? NULL : inner->calloc(inner->ctx, count, bytes), total, refuses);
}

FIL_HOT_PATH static void *hook_calloc(void *ctx, size_t count, size_t bytes) {
    struct fil_python_allocator *inner = ctx;
    if (passes_through()) return inner->calloc(inner->ctx, count, bytes);
    fil_self.guard = 1;
    if (__builtin_expect((count | bytes) >= SMALL_FACTORS || count * bytes >= FIL_LARGE_BLOCK, 0))
        return calloc_large(inner, count, bytes);
    return recorded(inner->calloc(inner->ctx, count, bytes), count * bytes, false);
}

static void *hook_realloc(void *ctx, void *block, size_t bytes) {
    struct fil_python_allocator *inner = ctx;
    if (!block) return hook_malloc(ctx, bytes);
    if (passes_through()) return inner->realloc(inner->ctx, block, bytes);
    fil_self.guard = 1;
    struct fil_taken taken = fil_recorder_take(block);
    size_t more = bytes > taken.block.bytes ? bytes - taken.block.bytes : 0;
    bool refuses = fil_refusal_of(more);
    void *moved = refuses ? NULL : inner->realloc(inner->ctx, block, bytes);
    if (moved) {
        fil_recorder_moved(taken, moved, bytes, true);
    } else {
        fil_recorder_put_back(taken, block);
        if (!refuses) fil_refusal_by_system(errno, bytes);
    }
    fil_self.guard = 0;
    return moved;
}

FIL_HOT_PATH static void hook_free(void *ctx, void *block) {
    struct fil_python_allocator *inner = ctx;
    if (!block || passes_through()) {
        inner->free(inner->ctx, block);
        return;
    }
    fil_self.guard = 1;
    fil_recorder_freed(block);
    inner->free(inner->ctx, block);
    fil_self.guard = 0;
}

/* Of the short way. While nothing is recorded a failure is the program's own affair. */
static void *allocated(void *block, size_t bytes) {
    if (__builtin_expect(block != NULL, 1)) return recorded(block, bytes, false);
    fil_self.guard = 0;
    return fil_state_is_stopped() ? NULL : failed(bytes, false);
}

static void *moved(uint32_t packed, uint32_t recording, void *block, void *to, size_t bytes) {
    struct fil_block known = {fil_packed_node(packed), 0, fil_packed_bytes(packed)};
    struct fil_taken taken = {known, recording, 0};
    if (to) fil_recorder_moved(taken, to, bytes, true);
    else fil_recorder_put_back(taken, block);
    if (!to && !fil_state_is_stopped()) fil_refusal_by_system(errno, bytes);
    fil_self.guard = 0;
    return to;
}

static void *reached(void *block) {
    fil_recorder_reached();
    fil_self.guard = 0;
    return block;
}

const struct fil_shortway *fil_pyallocators_shortway(void) {
    static const struct fil_shortway shortway = {.words = &fil_state_page.words,
                                                 .totals = &fil_totals,
                                                 .fans = fil_livetable_fans,
                                                 .allocated = allocated,
                                                 .moved = moved,
#ifdef FIL_DEBUG
                                                 .is_valid = fil_gate_is_valid,
#endif
                                                 .reached = reached};
    return &shortway;
}

void fil_pyallocators_wrap(struct fil_python_allocator *inner, struct fil_python_allocator *hook) {
    *hook = (struct fil_python_allocator){inner, hook_malloc, hook_calloc, hook_realloc, hook_free};
}
