/* SPDX-License-Identifier: Apache-2.0 */
/* The call tree: a trie of frames. A node stands for one call stack.
 *
 *   key (parent, function, line) ──hash──► node ──► {parent, function, line}
 *
 * A program that imports much makes a hundred thousand nodes, and what looking one up costs is the memory that isn't in the
 * processor's cache. So a node has one small entry, and lines that lie near one another are neighbours in the hash, too.
 *
 * Lock: lookups take none; nodes and entries never change once published. Insertion takes the tree's lock. Clearing
 * needs the engine at rest. The hash starts small and doubles; a reader of an old table at worst misses and asks again. */
#ifndef FIL_CALLTREE_H
#define FIL_CALLTREE_H

#include <stdbool.h>
#include <stdint.h>

#include "snapshot.h"

#define FIL_NODE_ROOT 0u

/* Two sorts of nodes that are no frames: what a stack holds otherwise than on the heap is the node of a kind below it; and the
 * stacks of a thread other than the main one begin below the thread's node, which lies below the root, or below the stack
 * that gave the thread its present work (givenwork.h). Their numbers of functions are these and the kind or
 * the number of the thread (threadnames.h). */
#define FIL_FUNCTION_KIND 0xFFFF0000u
#define FIL_FUNCTION_THREAD 0xFFFE0000u

/* Nodes lie in chunks of so many: node >> these bits is its chunk. Node 0 of the first isn't used. */
#define FIL_CALLTREE_CHUNK_BITS 14
#define FIL_CALLTREE_MOST_CHUNKS 4096u

struct fil_calltree_node {
    uint32_t parent, function, line; /* function 0: no node yet */
};

/* The node for a frame at this line of the function, called from `parent`; made if need be. When there is no memory for it:
 * `parent`, so the bytes count for the caller. */
uint32_t fil_calltree_child(uint32_t parent, uint32_t function, uint32_t line);

/* The node of what `stack` holds in this way; FIL_KIND_HEAP: `stack` itself, as without memory for it. */
uint32_t fil_calltree_kind_node(uint32_t stack, enum fil_kind kind);
enum fil_kind fil_calltree_kind(uint32_t node);
static inline enum fil_kind fil_calltree_kind_of(uint32_t function) {
    return function >= FIL_FUNCTION_KIND ? (enum fil_kind)(function - FIL_FUNCTION_KIND) : FIL_KIND_HEAP;
}
static inline bool fil_calltree_is_thread(uint32_t function) {
    return function >= FIL_FUNCTION_THREAD && function < FIL_FUNCTION_KIND;
}
/* The node below which a thread's stacks lie. */
uint32_t fil_calltree_thread_node(uint32_t thread_number);

uint32_t fil_calltree_count(void); /* nodes, with the root; at least 1 */
struct fil_calltree_node fil_calltree_node(uint32_t node);

/* Forgets every node. Only with the engine at rest. */
void fil_calltree_clear(void);
void fil_calltree_after_fork(void);

#ifdef FIL_DEBUG
/* debug.h. Of one node in constant time, at any time. */
bool fil_calltree_node_is_valid(uint32_t node);
bool fil_calltree_is_valid(void);
#endif

#endif
