/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the memory of what the walker remembers of each thread. fil_memo_make makes it at a thread's
 * first walk; memo.h has the look-ups, which are inlined. */
#include "memo.h"

#include <string.h>

#include "../base/own.h"
#include "codes.h"

#define FIRST_DEPTH 512u

static size_t entries_bytes(uint32_t capacity) {
    return (capacity + 1) * sizeof(struct entry);
}

struct memo *fil_memo_make(void) {
    struct memo *memo = fil_own_map(sizeof *memo);
    if (!memo) return NULL;
    struct entry *entries = fil_own_map(entries_bytes(FIRST_DEPTH));
    memo->fresh = fil_own_map(FIRST_DEPTH * sizeof *memo->fresh);
    if (!entries || !memo->fresh) return NULL;
    memo->entries = entries + 1;
    memo->capacity = FIRST_DEPTH;
    set_depth(memo, 0);
    return memo;
}

bool fil_memo_deepen(struct memo *memo) {
    uint32_t capacity = memo->capacity * 2;
    if (capacity > 2 * MAX_DEPTH) return false;
    uint32_t depth = depth_of(memo);
    struct entry *entries =
        fil_own_grow(memo->entries - 1, entries_bytes(memo->capacity), entries_bytes(capacity));
    if (!entries) return false;
    memo->entries = entries + 1;
    set_depth(memo, depth);
    fil_frame **fresh =
        fil_own_grow(memo->fresh, memo->capacity * sizeof *fresh, capacity * sizeof *fresh);
    if (!fresh) return false;
    memo->fresh = fresh;
    memo->capacity = capacity;
    return true;
}

void fil_memo_forget(struct memo *memo, uint32_t generation, uint32_t root) {
    memo->root = memo->entries[-1].node = root;
    set_depth(memo, 0);
    if (memo->generation == generation) return;
    if ((memo->generation ^ generation) >> 16) memset(memo->calls, 0, sizeof memo->calls);
    memo->generation = generation;
    memo->tag = (uint64_t)generation << 48;
    uint32_t recording = atomic_load_explicit(&fil_codes_recording, memory_order_relaxed);
    if (memo->recording == recording) return;
    memo->recording = recording;
    memset(memo->nodes, 0, sizeof memo->nodes);
}
