/* SPDX-License-Identifier: Apache-2.0 */
/* Builds a tree in which siblings of equal function and line are one node. */
#ifndef FIL_TREEBUILDER_H
#define FIL_TREEBUILDER_H

#include "tree.h"

struct fil_treebuilder;

/* Room for at most `most` nodes besides the root. The tree lives in `arena`, what is needed to
 * build it in `scratch`, until fil_treebuilder_finish. NULL without memory. */
struct fil_treebuilder *fil_treebuilder_new(const struct fil_function *functions,
                                            uint32_t function_count, uint32_t most,
                                            struct fil_arena *arena, struct fil_arena *scratch);
/* The child of `parent` with this function and line, made if need be. Past `most`: the parent. */
uint32_t fil_treebuilder_child(struct fil_treebuilder *builder, uint32_t parent, uint32_t function,
                               uint32_t line);
void fil_treebuilder_self(struct fil_treebuilder *builder, uint32_t node, int64_t bytes,
                          uint32_t allocations);
/* The node held so many bytes more by itself in the older of two profiles. False without memory. */
bool fil_treebuilder_old(struct fil_treebuilder *builder, uint32_t node, int64_t bytes);
/* The node holds so many bytes more by itself at the end. False without memory. */
bool fil_treebuilder_end(struct fil_treebuilder *builder, uint32_t node, int64_t bytes);
/* The tree as it is so far. */
const struct fil_tree *fil_treebuilder_tree(const struct fil_treebuilder *builder);
/* Adds up the totals, and brings in the snapshot's parts, of both moments, and files, whose nodes
 * are `new_node` here, by their old numbers. The builder is no longer needed; NULL without memory.
 */
struct fil_tree *fil_treebuilder_finish(struct fil_treebuilder *builder,
                                        const struct fil_snapshot *snapshot,
                                        const uint32_t *new_node);

/* A hash of a text (FNV-1a, its halves folded). */
uint64_t fil_treebuilder_hash(const char *text);
/* function => the first function of the same name and file. A program that makes one function a
 * thousand times has one in the report. */
uint32_t *fil_treebuilder_equal_functions(const struct fil_snapshot *snapshot,
                                          struct fil_arena *arena);

#endif
