/* SPDX-License-Identifier: Apache-2.0 */
/* The tree that writers draw from, and the small functions tree => tree that tidy it.
 *
 * Nodes lie parents first (parent index < own index), so every pass is one loop, forwards or
 * backwards, however deep the stacks are. A tree lives in an arena; names are borrowed from the
 * snapshot. NULL means that memory ran out. */
#ifndef FIL_TREE_H
#define FIL_TREE_H

#include "arena.h"
#include "facts.h"

struct fil_tree_node {
    uint32_t parent, function, line, allocations;
    int64_t self;      /* bytes of this very stack */
    int64_t total;     /* self and everything below */
    int64_t untouched; /* of total: asked for, and never touched */
};

/* In a line's number, in the tree of a difference: the line is gone, and another one has its number
 * now. */
#define FIL_LINE_GONE (1u << 31)

/* What a node held in the older of two profiles, in the tree of their difference. */
struct fil_tree_old {
    int64_t self, total;
};

/* What a node holds at the end of the recording; `untouched` is of the total. */
struct fil_tree_end {
    int64_t self, total, untouched;
};

struct fil_tree {
    const struct fil_function *functions;
    uint32_t function_count;
    uint32_t first_import;       /* functions from here on are those of import nodes */
    struct fil_tree_node *nodes; /* [0] is the root */
    uint32_t count;
    struct fil_tree_old *old; /* by node; NULL but in the tree of a difference */
    uint32_t *left_out; /* by node: how many of its children were cut off; NULL in a whole tree */
    struct fil_snapshot_part *parts; /* of the nodes' self bytes, by the nodes' numbers here */
    uint32_t part_count;
    struct fil_snapshot_file *files; /* likewise */
    uint32_t file_count;
    struct fil_tree_end *end; /* by node; NULL where it isn't known, or isn't asked for */
    struct fil_snapshot_part *end_parts; /* as `parts`, at the end */
    uint32_t end_part_count;
};

/* The file that the function of an import node has; its name is "import pandas". */
#define FIL_IMPORT_FILE "<import>"

/* A clean tree (cleantree.h) as seen at its end: all nodes, with what they hold then; no files. */
struct fil_tree *fil_tree_at_end(const struct fil_tree *tree, struct fil_arena *arena);
/* What holds something, or maps a file, at the moment at which the tree is seen, without the other
 * moment: the tree itself where that is all of it. */
const struct fil_tree *fil_tree_held(const struct fil_tree *tree, struct fil_arena *arena);
/* The tree with what is in use, at the end too: each node's bytes are less what of them was never
 * touched, which stays told in `untouched`. */
struct fil_tree *fil_tree_in_use(const struct fil_tree *tree, struct fil_arena *arena);
#define FIL_TREE_MOST_FILES 100u /* that a tree has when it is cut */

/* Only nodes with a total of at least `bytes`, in a difference before or now, else at the peak or
 * at the end, and the stacks of the hundred largest mapped files, with these; what was cut off
 * still counts in the totals above it, and in `left_out` where it holds something. */
struct fil_tree *fil_tree_at_least(const struct fil_tree *tree, int64_t bytes,
                                   struct fil_arena *arena);
/* The smallest number of bytes for which fil_tree_at_least keeps no more than `most` nodes, but for
 * those of files. */
int64_t fil_tree_threshold(const struct fil_tree *tree, uint32_t most);
/* Turned inside out: the innermost frame first, its callers below it. Only nodes with a total of at
 * least `bytes`, and no more than `levels` below the root; what was cut off still counts in the
 * totals above it, and in `left_out`. A node's self bytes are those of the stacks that begin with
 * it: it has no callers there. It has no parts and no files. Of a tree in use, what only was never
 * touched has no node, and counts in `untouched` above it. */
struct fil_tree *fil_tree_reversed(const struct fil_tree *tree, int64_t bytes, uint32_t levels,
                                   struct fil_arena *arena);
/* The indices of the nodes that hold something themselves, largest first; `*count` of them. */
uint32_t *fil_tree_owners(const struct fil_tree *tree, struct fil_arena *arena, uint32_t *count);

#endif
