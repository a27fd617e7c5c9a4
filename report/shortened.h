/* SPDX-License-Identifier: Apache-2.0 */
/* A tree whose stacks take little text, for all formats that write each stack as a whole: the
 * folded text and the exports. shortened.c says by which rule. */
#ifndef FIL_SHORTENED_H
#define FIL_SHORTENED_H

#include "tree.h"

/* The file of the function, which has no name, that stands for frames that were left out. */
extern const char fil_frames_left_out[];

/* Nodes of a tree that own something, the largest first, and where new ones lie. */
struct fil_stacks {
    struct fil_arena *arena;
    uint32_t *owners;
    uint32_t count;
};

/* The tree with only these stacks, shortened where they take too much text; the sum of what they
 * hold stays. The tree itself, with all its stacks, where they don't; else it has no parts, no
 * files and one function more, the last, which stands for frames that were left out. NULL without
 * memory. */
const struct fil_tree *fil_tree_shortened(const struct fil_tree *tree, struct fil_stacks stacks);

#endif
