/* SPDX-License-Identifier: Apache-2.0 */
/* The tree that writers draw from, and the small functions tree => tree that tidy it.
 *
 * Nodes lie parents first (parent index < own index), so every pass is one loop, forwards or backwards, however deep the stacks
 * are. A tree lives in an arena; names are borrowed from the snapshot. NULL means that memory ran out. */
#ifndef FIL_TREE_H
#define FIL_TREE_H

#include "arena.h"
#include "report.h"

struct fil_tree_node {
    uint32_t parent, function, line, allocations;
    int64_t own;       /* bytes of this very stack */
    int64_t total;     /* own and everything below */
    int64_t untouched; /* of total: asked for, and never touched */
};

struct fil_tree {
    const struct fil_function *functions;
    uint32_t function_count;
    struct fil_tree_node *nodes; /* [0] is the root */
    uint32_t count;
    struct fil_snapshot_part *parts; /* of the nodes' own bytes, by the nodes' numbers here */
    uint32_t part_count;
    struct fil_snapshot_file *files; /* likewise */
    uint32_t file_count;
};

/* The report's snapshot as people want to see it: functions of equal name and file are one; our own frames are gone; the start-up
 * frames of runpy and threading are gone where something stands below them; equal siblings are one; stacks that hold nothing are
 * gone. */
struct fil_tree *fil_tree_of(const struct fil_report *report, struct fil_arena *arena);
/* Without the frames of Python's import system: what they hold counts for the line that imports. The tree itself where
 * there are none; else it has no parts and no files. */
const struct fil_tree *fil_tree_without_imports(const struct fil_tree *tree, struct fil_arena *arena);
/* Only nodes with a total of at least `bytes`, and the stacks of the hundred largest mapped files, with these; what was cut off
 * still counts in the totals above it. */
struct fil_tree *fil_tree_at_least(const struct fil_tree *tree, int64_t bytes, struct fil_arena *arena);
/* Turned inside out: the innermost frame first, its callers below it. Only nodes with a total of at least `bytes`, and no more
 * than `levels` below the root; what was cut off still counts in the totals above it, and no node has bytes of its own but the
 * root. It has no parts and no files. */
struct fil_tree *fil_tree_reversed(const struct fil_tree *tree, int64_t bytes, uint32_t levels, struct fil_arena *arena);
/* The indices of the nodes that own something, largest first; `*count` of them. */
uint32_t *fil_tree_owners(const struct fil_tree *tree, struct fil_arena *arena, uint32_t *count);

#endif
