/* SPDX-License-Identifier: Apache-2.0 */
/* The call tree: a trie of frames. A node stands for one call stack.
 *
 *   key (parent, function, line) ──hash──► node ──► {parent, function, line}
 *
 * A program that imports much makes a hundred thousand nodes, and most of a look-up's time is spent
 * on cache misses. So a node has one small entry, and lines that lie near one another in a function
 * are neighbours in the hash, too.
 *
 * Lock: lookups take none; nodes and entries never change once published. Insertion takes the
 * tree's lock. Clearing needs the engine quiescent. The hash starts small and doubles; a reader of
 * an old table at worst misses and asks again under the lock. */
#ifndef FIL_CALLTREE_H
#define FIL_CALLTREE_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/snapshot.h"

#define FIL_NODE_ROOT 0u

/* Two sorts of nodes are no frames. The memory of a stack that isn't heap has the node of its kind
 * below the stack. And the stacks of a thread other than the main one begin below the thread's
 * node, which lies below the root, or below the stack that gave the thread its present work
 * (givenwork.h). Their function's number is one of these, plus the kind or the thread's number
 * (threadnames.h). */
#define FIL_FUNCTION_KIND 0xFFFF0000u
#define FIL_FUNCTION_THREAD 0xFFFE0000u

/* Nodes lie in chunks of so many: node >> these bits is its chunk. Node 0 of the first isn't used.
 */
#define FIL_CALLTREE_CHUNK_BITS 14
#define FIL_CALLTREE_MOST_CHUNKS 4096u

struct fil_calltree_node {
    uint32_t parent, function, line; /* function 0: no node yet */
};

/* Returns the node for a frame at this line of the function, called from `parent`, which may be
 * new. Without memory it returns `parent`, so that the bytes count for the caller. */
uint32_t fil_calltree_child(uint32_t parent, uint32_t function, uint32_t line);

/* Returns the node for memory of this kind of `stack`; for FIL_KIND_HEAP, or without memory,
 * `stack` itself. */
uint32_t fil_calltree_kind_node(uint32_t stack, enum fil_kind kind);
enum fil_kind fil_calltree_kind(uint32_t node);
static inline enum fil_kind fil_calltree_kind_of(uint32_t function) {
    return function >= FIL_FUNCTION_KIND ? (enum fil_kind)(function - FIL_FUNCTION_KIND)
                                         : FIL_KIND_HEAP;
}
static inline bool fil_calltree_is_thread(uint32_t function) {
    return function >= FIL_FUNCTION_THREAD && function < FIL_FUNCTION_KIND;
}
/* Returns the node below which a thread's stacks lie. */
uint32_t fil_calltree_thread_node(uint32_t thread_number);

uint32_t fil_calltree_count(void); /* nodes, with the root; at least 1 */
struct fil_calltree_node fil_calltree_node(uint32_t node);

/* Forgets every node. Only while the engine is quiescent. */
void fil_calltree_clear(void);
void fil_calltree_after_fork(void);

#ifdef FIL_DEBUG
/* debug.h. Of one node in constant time, at any time. */
bool fil_calltree_node_is_valid(uint32_t node);
bool fil_calltree_is_valid(void);
#endif

#endif
