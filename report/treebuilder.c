/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the hash by which siblings of equal function and line become one node. fil_treebuilder_child
 * is its main entry, and fil_treebuilder_tree ends the building. */
#include "treebuilder.h"

#include <stdlib.h>
#include <string.h>

#include "order.h"

struct fil_treebuilder {
    struct fil_tree tree;
    struct fil_arena *arena;
    uint32_t most, mask;
    uint32_t *table; /* hash of (parent, function, line) => node; 0: empty */
};

static uint32_t power_of_two_over(uint64_t number) {
    uint32_t power = 16;
    while (power < number && power < 1u << 31) power *= 2;
    return power;
}

struct fil_treebuilder *fil_treebuilder_new(const struct fil_function *functions,
                                            uint32_t function_count, uint32_t most,
                                            struct fil_arena *arena, struct fil_arena *scratch) {
    struct fil_treebuilder *builder = fil_arena_get(arena, sizeof *builder);
    if (!builder) return NULL;
    uint32_t capacity = power_of_two_over((uint64_t)most * 2 + 2);
    builder->tree = (struct fil_tree){
        .functions = functions,
        .function_count = function_count,
        .first_import = function_count,
        .nodes = fil_arena_get(arena, ((size_t)most + 1) * sizeof(struct fil_tree_node)),
        .count = 1,
    };
    builder->arena = arena;
    builder->most = most;
    builder->mask = capacity - 1;
    builder->table = fil_arena_get(scratch, (size_t)capacity * sizeof *builder->table);
    return builder->tree.nodes && builder->table ? builder : NULL;
}

uint32_t fil_treebuilder_child(struct fil_treebuilder *builder, uint32_t parent, uint32_t function,
                               uint32_t line) {
    uint64_t h =
        (((uint64_t)parent << 32) ^ ((uint64_t)function << 20) ^ line) * 0x9E3779B97F4A7C15u;
    for (uint32_t i = (uint32_t)(h >> 32);; i++) {
        uint32_t *bucket = &builder->table[i & builder->mask];
        if (*bucket) {
            const struct fil_tree_node *there = &builder->tree.nodes[*bucket];
            if (there->parent == parent && there->function == function && there->line == line)
                return *bucket;
            continue;
        }
        if (builder->tree.count > builder->most) return parent;
        *bucket = builder->tree.count;
        builder->tree.nodes[builder->tree.count] =
            (struct fil_tree_node){.parent = parent, .function = function, .line = line};
        return builder->tree.count++;
    }
}

void fil_treebuilder_self(struct fil_treebuilder *builder, uint32_t node, int64_t bytes,
                          uint32_t allocations) {
    if (bytes > 0) builder->tree.nodes[node].self += bytes;
    builder->tree.nodes[node].allocations += allocations;
}

bool fil_treebuilder_old(struct fil_treebuilder *builder, uint32_t node, int64_t bytes) {
    struct fil_tree *tree = &builder->tree;
    if (!tree->old)
        tree->old = fil_arena_get(builder->arena, ((size_t)builder->most + 1) * sizeof *tree->old);
    if (tree->old) tree->old[node].self += bytes;
    return tree->old;
}

const struct fil_tree *fil_treebuilder_tree(const struct fil_treebuilder *builder) {
    return &builder->tree;
}

bool fil_treebuilder_end(struct fil_treebuilder *builder, uint32_t node, int64_t bytes) {
    struct fil_tree *tree = &builder->tree;
    if (!tree->end)
        tree->end = fil_arena_get(builder->arena, ((size_t)builder->most + 1) * sizeof *tree->end);
    if (tree->end && bytes > 0) tree->end[node].self += bytes;
    return tree->end;
}

static struct fil_snapshot_part *moved_parts(const struct fil_snapshot_part *parts, uint32_t count,
                                             const uint32_t *new_node, struct fil_arena *arena) {
    struct fil_snapshot_part *moved = fil_arena_get(arena, (size_t)count * sizeof *moved);
    for (uint32_t i = 0; moved && i < count; i++) {
        moved[i] = parts[i];
        moved[i].node = new_node[parts[i].node];
    }
    return moved;
}

static bool bring_parts(struct fil_tree *tree, const struct fil_snapshot *s,
                        const uint32_t *new_node, struct fil_arena *arena) {
    tree->parts = moved_parts(s->parts, s->part_count, new_node, arena);
    tree->files = fil_arena_get(arena, s->file_count * sizeof *tree->files);
    if (!tree->parts || !tree->files) return false;
    for (uint32_t i = 0; i < s->part_count; i++)
        tree->nodes[tree->parts[i].node].untouched += s->parts[i].untouched;
    for (uint32_t i = 0; i < s->file_count; i++) {
        tree->files[i] = s->files[i];
        tree->files[i].node = new_node[s->files[i].node];
    }
    tree->part_count = s->part_count;
    tree->file_count = s->file_count;
    if (!tree->end) return true;
    tree->end_parts = moved_parts(s->end.parts, s->end.part_count, new_node, arena);
    tree->end_part_count = s->end.part_count;
    for (uint32_t i = 0; tree->end_parts && i < s->end.part_count; i++)
        tree->end[tree->end_parts[i].node].untouched += s->end.parts[i].untouched;
    return tree->end_parts;
}

static void add_up(struct fil_tree *tree) {
    for (uint32_t i = tree->count; i-- > 0;) {
        struct fil_tree_node *node = &tree->nodes[i];
        node->total += node->self;
        if (tree->old) tree->old[i].total += tree->old[i].self;
        if (tree->end) tree->end[i].total += tree->end[i].self;
        if (!i) continue;
        if (tree->old) tree->old[node->parent].total += tree->old[i].total;
        if (tree->end) tree->end[node->parent].total += tree->end[i].total;
        if (tree->end) tree->end[node->parent].untouched += tree->end[i].untouched;
        tree->nodes[node->parent].total += node->total;
        tree->nodes[node->parent].untouched += node->untouched;
    }
}

struct fil_tree *fil_treebuilder_finish(struct fil_treebuilder *builder,
                                        const struct fil_snapshot *snapshot,
                                        const uint32_t *new_node) {
    struct fil_tree *tree = &builder->tree;
    if (!bring_parts(tree, snapshot, new_node, builder->arena)) return NULL;
    add_up(tree);
    return tree;
}

static uint64_t hash_on(uint64_t h, const char *text) {
    for (; *text; text++) h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h;
}

uint64_t fil_treebuilder_hash(const char *text) {
    uint64_t h = hash_on(1469598103934665603u, text);
    return h ^ h >> 32;
}

uint32_t *fil_treebuilder_equal_functions(const struct fil_snapshot *s, struct fil_arena *arena) {
    uint32_t capacity = power_of_two_over((uint64_t)s->function_count * 2);
    uint32_t *table =
        fil_arena_get(arena, (size_t)capacity * sizeof *table); /* hash => function + 1 */
    uint32_t *same = fil_arena_get(arena, (size_t)s->function_count * sizeof *same);
    for (uint32_t f = 1; table && same && f < s->function_count; f++) { /* 0 is no function */
        uint64_t h =
            hash_on(hash_on(1469598103934665603u, s->functions[f].name), s->functions[f].file);
        uint32_t i = (uint32_t)(h ^ h >> 32);
        for (;; i++) {
            uint32_t *bucket = &table[i & (capacity - 1)];
            if (!*bucket) *bucket = f + 1;
            uint32_t other = *bucket - 1;
            if (strcmp(s->functions[other].name, s->functions[f].name) != 0 ||
                strcmp(s->functions[other].file, s->functions[f].file) != 0)
                continue;
            same[f] = other;
            break;
        }
    }
    return table ? same : NULL;
}

struct owners {
    const struct fil_tree_node *nodes;
    const uint32_t *found;
};

static int64_t self_of(uint32_t owner, const void *context) {
    const struct owners *owners = context;
    return owners->nodes[owners->found[owner]].self;
}

uint32_t *fil_tree_owners(const struct fil_tree *tree, struct fil_arena *arena, uint32_t *count) {
    uint32_t *found = fil_arena_get(arena, tree->count * sizeof *found);
    fil_key_of *const by_self[] = {self_of};
    *count = 0;
    for (uint32_t i = 0; found && i < tree->count; i++) {
        if (tree->nodes[i].self > 0) found[(*count)++] = i;
    }
    const struct owners owners = {tree->nodes, found};
    const uint32_t *order = found ? fil_order(*count, by_self, 1, &owners, arena) : NULL;
    uint32_t *result = order ? fil_arena_get(arena, *count * sizeof *result) : NULL;
    for (uint32_t i = 0; result && i < *count; i++) result[i] = found[order[i]];
    return result;
}
