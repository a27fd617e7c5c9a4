/* SPDX-License-Identifier: Apache-2.0 */
/* The call tree: a trie of frames. A node stands for one call stack.
 *
 *   key (parent, function, place) ──hash──► node ──► {parent, function, line}
 *
 * `place` is what the walker knows cheaply (an instruction's offset); the first time it is seen the walker also says the
 * line, and places on the same line of the same function under the same parent share one node. So a lookup is one probe, usually
 * one cache line, and a tree holds lines, not instructions.
 *
 * Lock: lookups take none; nodes and entries never change once published. Insertion takes the tree's lock. Clearing
 * needs the engine at rest. The hash starts small and doubles; a reader of an old table at worst misses and asks again. */
#ifndef FIL_CALLTREE_H
#define FIL_CALLTREE_H

#include <stdint.h>

#define FIL_NODE_ROOT 0u

struct fil_calltree_node {
    uint32_t parent, function, line;
};

/* The node for the frame (function, place) called from `parent`; 0 when it hasn't been seen. `place` < 2^31. */
uint32_t fil_calltree_find(uint32_t parent, uint32_t function, uint32_t place);
/* The same, made if need be. When there is no memory for it: `parent`, so the bytes count for the caller. */
uint32_t fil_calltree_add(uint32_t parent, uint32_t function, uint32_t place, uint32_t line);

uint32_t fil_calltree_count(void); /* nodes, with the root; at least 1 */
struct fil_calltree_node fil_calltree_node(uint32_t node);

/* Forgets every node. Only with the engine at rest. */
void fil_calltree_clear(void);
void fil_calltree_after_fork(void);

#endif
