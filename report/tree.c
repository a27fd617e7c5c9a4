/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the ways to a smaller tree: what holds at least so much, what holds something at all, what
 * was there at the end. fil_tree_at_least is its main entry. */
#include "tree.h"

#include <string.h>

/* Those of the parts whose nodes are kept, by their new numbers. */
static struct fil_snapshot_part *kept_parts(const struct fil_snapshot_part *parts, uint32_t count,
                                            const uint8_t *keep, const uint32_t *new_node,
                                            uint32_t *kept_count, struct fil_arena *arena) {
    struct fil_snapshot_part *result = fil_arena_get(arena, count * sizeof *result);
    *kept_count = 0;
    for (uint32_t i = 0; result && i < count; i++) {
        struct fil_snapshot_part part = parts[i];
        if (part.node && !keep[part.node]) continue;
        part.node = new_node[part.node];
        result[(*kept_count)++] = part;
    }
    return result;
}

static bool keep_parts(struct fil_tree *result, const struct fil_tree *tree, const uint8_t *keep,
                       const uint32_t *new_node, struct fil_arena *arena) {
    result->parts =
        kept_parts(tree->parts, tree->part_count, keep, new_node, &result->part_count, arena);
    result->end_parts = kept_parts(tree->end_parts, tree->end_part_count, keep, new_node,
                                   &result->end_part_count, arena);
    return result->parts && result->end_parts;
}

/* The largest mapped files, and the stacks that mapped them, however little these hold: marked in
 * `keep`. */
static bool keep_files(struct fil_tree *result, const struct fil_tree *tree, uint8_t *keep,
                       struct fil_arena *arena) {
    uint8_t *taken = fil_arena_get(arena, tree->file_count);
    result->files = fil_arena_get(arena, FIL_TREE_MOST_FILES * sizeof *result->files);
    if (!taken || !result->files) return false;
    for (result->file_count = 0; result->file_count < FIL_TREE_MOST_FILES; result->file_count++) {
        uint32_t largest = tree->file_count;
        for (uint32_t i = 0; i < tree->file_count; i++) {
            bool larger = largest == tree->file_count ||
                          tree->files[i].mapped_bytes > tree->files[largest].mapped_bytes;
            if (!taken[i] && larger) largest = i;
        }
        if (largest == tree->file_count) break;
        taken[largest] = 1;
        result->files[result->file_count] = tree->files[largest];
        for (uint32_t node = tree->files[largest].node; node && !keep[node];
             node = tree->nodes[node].parent)
            keep[node] = 1;
    }
    return true;
}

static int64_t weight_of(const struct fil_tree *tree, uint32_t node) {
    int64_t total = tree->nodes[node].total, old = tree->old ? tree->old[node].total : 0;
    if (tree->end) old = tree->end[node].total; /* a difference has none */
    return total > old ? total : old;
}

/* A copy of `*tree`, whose files are the result's already, with only the nodes marked in `keep` (a
 * node's ancestors are marked, too). */
static struct fil_tree *kept(const struct fil_tree *tree, struct fil_tree *result,
                             const uint8_t *keep, struct fil_arena *arena) {
    uint32_t *new_node = fil_arena_get(arena, tree->count * sizeof *new_node);
    if (!new_node) return NULL;
    size_t count = 1;
    for (uint32_t i = 1; i < tree->count; i++) count += keep[i];
    result->nodes = fil_arena_get(arena, count * sizeof *result->nodes);
    result->left_out = fil_arena_get(arena, count * sizeof *result->left_out);
    if (tree->old) result->old = fil_arena_get(arena, count * sizeof *result->old);
    if (tree->end) result->end = fil_arena_get(arena, count * sizeof *result->end);
    if (!result->nodes || !result->left_out || (tree->old && !result->old) ||
        (tree->end && !result->end))
        return NULL;
    result->count = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        uint32_t parent = i ? new_node[tree->nodes[i].parent] : 0;
        if (i && !keep[i]) {
            bool is_first = keep[tree->nodes[i].parent] || !tree->nodes[i].parent;
            result->left_out[parent] += is_first && weight_of(tree, i) > 0;
            continue;
        }
        new_node[i] = result->count++;
        result->nodes[new_node[i]] = tree->nodes[i];
        result->nodes[new_node[i]].parent = parent;
        if (tree->left_out) result->left_out[new_node[i]] += tree->left_out[i];
        if (tree->old) result->old[new_node[i]] = tree->old[i];
        if (tree->end) result->end[new_node[i]] = tree->end[i];
    }
    for (uint32_t i = 0; i < result->file_count; i++)
        result->files[i].node = new_node[result->files[i].node];
    return keep_parts(result, tree, keep, new_node, arena) ? result : NULL;
}

struct fil_tree *fil_tree_at_least(const struct fil_tree *tree, int64_t bytes,
                                   struct fil_arena *arena) {
    uint8_t *keep = fil_arena_get(arena, tree->count);
    struct fil_tree *result = fil_arena_get(arena, sizeof *result);
    if (!keep || !result) return NULL;
    for (uint32_t i = 1; i < tree->count; i++) {
        keep[i] = weight_of(tree, i) >= bytes &&
                  (tree->nodes[i].parent == 0 || keep[tree->nodes[i].parent]);
    }
    *result = *tree;
    return keep_files(result, tree, keep, arena) ? kept(tree, result, keep, arena) : NULL;
}

static uint32_t count_at_least(const struct fil_tree *tree, int64_t bytes) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < tree->count; i++) count += weight_of(tree, i) >= bytes;
    return count;
}

/* A node holds no more than its parent, so that the nodes of a threshold are a tree. */
int64_t fil_tree_threshold(const struct fil_tree *tree, uint32_t most) {
    int64_t low = 0,
            high = weight_of(tree, 0) + 1; /* too many at `low - 1`, few enough at `high` */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (count_at_least(tree, middle) <= most) high = middle;
        else low = middle + 1;
    }
    return low;
}

/* The tree with nodes of its own, whose figures may be changed; NULL without memory. */
static struct fil_tree *copied(const struct fil_tree *tree, struct fil_arena *arena) {
    struct fil_tree *result = fil_arena_get(arena, sizeof *result);
    struct fil_tree_node *nodes = fil_arena_get(arena, (size_t)tree->count * sizeof *nodes);
    if (!result || !nodes) return NULL;
    *result = *tree;
    memcpy(nodes, tree->nodes, (size_t)tree->count * sizeof *nodes);
    result->nodes = nodes;
    return result;
}

struct fil_tree *fil_tree_at_end(const struct fil_tree *tree, struct fil_arena *arena) {
    struct fil_tree *result = copied(tree, arena);
    if (!result) return NULL;
    result->parts = tree->end_parts;
    result->part_count = tree->end_part_count;
    result->end = NULL;
    result->end_parts = NULL;
    result->end_part_count = result->file_count = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        result->nodes[i].self = tree->end[i].self;
        result->nodes[i].total = tree->end[i].total;
        result->nodes[i].untouched = tree->end[i].untouched;
    }
    return result;
}

/* The end's column of a tree in use. */
static struct fil_tree_end *end_in_use(const struct fil_tree *tree, struct fil_arena *arena) {
    struct fil_tree_end *end = fil_arena_get(arena, (size_t)tree->count * sizeof *end);
    for (uint32_t i = 0; end && i < tree->count; i++) {
        end[i] = tree->end[i];
        end[i].total -= end[i].untouched;
    }
    for (uint32_t i = 0; end && i < tree->end_part_count; i++)
        end[tree->end_parts[i].node].self -= tree->end_parts[i].untouched;
    return end;
}

struct fil_tree *fil_tree_in_use(const struct fil_tree *tree, struct fil_arena *arena) {
    struct fil_tree *result = copied(tree, arena);
    if (!result) return NULL;
    result->end = tree->end ? end_in_use(tree, arena) : NULL;
    if (tree->end && !result->end) return NULL;
    for (uint32_t i = 0; i < tree->count; i++) result->nodes[i].total -= result->nodes[i].untouched;
    for (uint32_t i = 0; i < tree->part_count; i++)
        result->nodes[tree->parts[i].node].self -= tree->parts[i].untouched;
    return result;
}

const struct fil_tree *fil_tree_held(const struct fil_tree *tree, struct fil_arena *arena) {
    struct fil_tree *result = fil_arena_get(arena, sizeof *result);
    uint8_t *keep = fil_arena_get(arena, tree->count);
    if (!result || !keep) return NULL;
    bool some_go = false;
    for (uint32_t i = 0; i < tree->file_count; i++) {
        for (uint32_t node = tree->files[i].node; node && !keep[node];
             node = tree->nodes[node].parent)
            keep[node] = 1;
    }
    for (uint32_t i = 1; i < tree->count; i++) {
        keep[i] |= tree->nodes[i].total > 0 || (tree->old && tree->old[i].total > 0);
        some_go |= !keep[i];
    }
    *result = *tree;
    result->end = NULL;
    result->end_part_count = 0;
    if (!some_go) return result;
    const struct fil_tree whole = *result;
    result->files = fil_arena_get(arena, (size_t)tree->file_count * sizeof *result->files);
    if (!result->files) return NULL;
    for (uint32_t i = 0; i < tree->file_count; i++) result->files[i] = tree->files[i];
    if (!kept(&whole, result, keep, arena)) return NULL;
    result->left_out = NULL;
    return result;
}
