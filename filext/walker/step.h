/* SPDX-License-Identifier: Apache-2.0 */
/* The shortest walk, which is most often enough: the frame on top is that of the last walk, and it
 * alone has moved on. */
#ifndef FIL_STEP_H
#define FIL_STEP_H

#include "marks.h"
#include "memo.h"

static inline struct known_call *fil_step_call(struct memo *memo, uint32_t parent,
                                               const void *instruction) {
    return &memo->calls[(((uintptr_t)instruction >> 1) + parent * 0x9E3779B1u) % KNOWN_CALLS];
}

/* The node of where the frame is now, when that was looked up lately under this parent; else 0. */
static inline uint32_t fil_step_known(struct memo *memo, uint32_t parent, const fil_frame *frame) {
    const void *instruction = fil_frame_instruction(frame);
    const struct known_call *known = fil_step_call(memo, parent, instruction);
    bool is_it = known->key == key_of(memo, instruction) && known->parent == parent;
    return __builtin_expect(is_it, 1) ? known->node : 0;
}

/* The node of the frame on top, which is that of the last walk and has its callers still; 0: where
 * it is now wasn't looked up lately. The memo is of the present code. */
static inline uint32_t fil_step(struct memo *memo, const fil_frame *frame) {
    const void *instruction = fil_frame_instruction(frame);
    if (memo->last.instruction == instruction) return memo->last.node;
    uint32_t node = fil_step_known(memo, memo->below, frame);
    if (node) {
        memo->last.node = node;
        memo->last.instruction = instruction;
    }
    return node;
}

#endif
