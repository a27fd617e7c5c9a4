/* SPDX-License-Identifier: Apache-2.0 */
#include "givenwork.h"

#include "calltree.h"
#include "livetable.h"
#include "threadnames.h"

/* How a stack came about: the root of the thread that began it, and the threads that were given work since. */
struct descent {
    uint32_t root, given;
    uint32_t last; /* below what the last of these was given */
};

static struct descent descent_of(uint32_t stack) {
    struct descent descent = {0, 0, 0};
    struct fil_calltree_node node;
    for (uint32_t number = stack; number != FIL_NODE_ROOT; number = node.parent) {
        node = fil_calltree_node(number);
        if (!fil_calltree_is_thread(node.function)) continue;
        if (node.parent == FIL_NODE_ROOT) descent.root = number;
        else if (descent.given++ == 0) descent.last = node.parent;
    }
    return descent;
}

uint32_t fil_givenwork_node(uintptr_t address, uint32_t root, bool by_others) {
    struct fil_block block;
    if (!fil_livetable_find(address, &block) || block.node == FIL_NODE_ROOT) return 0;
    struct descent giver = descent_of(block.node);
    if (by_others && !giver.given && giver.root == root) return 0;
    uint32_t stack = giver.given < FIL_GIVENWORK_MOST ? block.node : giver.last;
    uint32_t thread = root ? fil_calltree_node(root).function : FIL_FUNCTION_THREAD + FIL_MAIN_THREAD;
    uint32_t node = fil_calltree_child(stack, thread, 0);
    return node == stack ? 0 : node;
}
