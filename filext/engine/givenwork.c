/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the rule below which node a thread's stacks lie while it does another's work.
 * fil_givenwork_node is its entry, for a frame that runs a work item. */
#include "givenwork.h"

#include "calltree.h"
#include "livetable.h"
#include "threadnames.h"

static bool is_thread(uint32_t node) {
    return node == FIL_NODE_ROOT || fil_calltree_is_thread(fil_calltree_node(node).function);
}

/* Returns the node of the thread that the frames of `stack` belong to. */
static uint32_t thread_of(uint32_t stack) {
    /* Ends: a parent has a smaller number than its child, and the root counts as a thread's node.
     */
    while (!is_thread(stack)) stack = fil_calltree_node(stack).parent;
    return stack;
}

/* Returns the stack that gave the thread of `stack` its work; the root when none did. */
static uint32_t giver_of(uint32_t stack) {
    return fil_calltree_node(thread_of(stack)).parent;
}

static bool has_same_frames(uint32_t a, uint32_t b) {
    while (!is_thread(a) && !is_thread(b)) {
        struct fil_calltree_node one = fil_calltree_node(a), other = fil_calltree_node(b);
        if (one.function != other.function || one.line != other.line) return false;
        a = one.parent;
        b = other.parent;
    }
    return is_thread(a) && is_thread(b);
}

/* Returns the stack below which work given at `stack` lies: `stack` itself, or the first of its
 * givers with the same frames, or the giver where the last level is. */
static uint32_t root_for(uint32_t stack) {
    uint32_t givers[FIL_GIVENWORK_MOST + 1], count = 0;
    for (uint32_t giver = stack; giver && count <= FIL_GIVENWORK_MOST; giver = giver_of(giver))
        givers[count++] = giver;
    for (uint32_t i = count; i-- > 1;) {
        if (has_same_frames(stack, givers[i])) return givers[i];
    }
    return count > FIL_GIVENWORK_MOST ? givers[1] : stack;
}

uint32_t fil_givenwork_node(uintptr_t address, uint32_t root, bool by_others) {
    struct fil_block block;
    if (!fil_livetable_find(address, &block) || block.node == FIL_NODE_ROOT) return 0;
    if (by_others && thread_of(block.node) == root) return 0;
    uint32_t stack = root_for(block.node);
    uint32_t thread =
        root ? fil_calltree_node(root).function : FIL_FUNCTION_THREAD + FIL_MAIN_THREAD;
    uint32_t node = fil_calltree_child(stack, thread, 0);
    return node == stack ? 0 : node;
}
