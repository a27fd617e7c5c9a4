/* SPDX-License-Identifier: Apache-2.0 */
/* Imports: the one home of the rule that what the import system holds counts for the line that
 * imports.
 *
 *   job.py:1                          job.py:1
 *     <frozen importlib>:1178           import pandas   (one node, named by what runs below it)
 *       <frozen importlib>:1149 …         pandas/__init__.py:3
 *         pandas/__init__.py:3
 *
 * An import node's own bytes are those of the frames it stands for. In all tables and texts they
 * count for the importing line. */
#ifndef FIL_IMPORTS_H
#define FIL_IMPORTS_H

#include "treebuilder.h"

/* Whether the function is one of Python's import system, or already that of an import node. */
bool fil_imports_is_part(const struct fil_function *function);
/* The import node below `line`; `line` itself where it is one. The builder has room for one
 * function more than the snapshot has.
 */
uint32_t fil_imports_node(struct fil_treebuilder *builder, uint32_t line);
/* Names the import nodes of a tree just built. False without memory. */
bool fil_imports_name(struct fil_tree *tree, struct fil_arena *arena);

static inline bool fil_imports_is_node(const struct fil_tree *tree, uint32_t node) {
    return tree->nodes[node].function >= tree->first_import;
}

/* The node that the own bytes of `node` count for: the importing line of an import node, else the
 * node itself. */
static inline uint32_t fil_imports_holder(const struct fil_tree *tree, uint32_t node) {
    return fil_imports_is_node(tree, node) ? tree->nodes[node].parent : node;
}

/* The tree without import nodes: what they hold is the importing line's. The tree itself where
 * there are none. */
const struct fil_tree *fil_imports_spliced(const struct fil_tree *tree, struct fil_arena *arena);
/* The tree with nothing below import nodes: all that an import brings in is the import's own. The
 * tree itself without any. */
const struct fil_tree *fil_imports_closed(const struct fil_tree *tree, struct fil_arena *arena);

#endif
