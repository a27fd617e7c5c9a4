/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the rule that what the import system holds counts for the line that imports.
 * fil_imports_spliced is its main entry. */
#include "imports.h"

#include <stdio.h>
#include <string.h>

#include "places.h"

#define MOST_NAME 200u /* bytes of a module's name that an import node shows */

bool fil_imports_is_part(const struct fil_function *function) {
    static const char prefix[] = "<frozen importlib";
    return strncmp(function->file, prefix, sizeof prefix - 1) == 0 ||
           strcmp(function->file, FIL_IMPORT_FILE) == 0;
}

uint32_t fil_imports_node(struct fil_treebuilder *builder, uint32_t line) {
    const struct fil_tree *tree = fil_treebuilder_tree(builder);
    uint32_t unnamed = tree->function_count - 1;
    return tree->nodes[line].function == unnamed ? line
                                                 : fil_treebuilder_child(builder, line, unnamed, 0);
}

/* What is known of an import node's name while its children are looked at: modules, by their
 * functions; 0: none yet. */
struct naming {
    uint32_t first, largest; /* the first child's, and that of the child with the largest total */
    uint32_t common;         /* bytes of the first's name that all have in common */
    int64_t most;            /* the largest's total */
};

/* How much of `name`, up to a dot or its end, is also at the beginning of `other`. */
static uint32_t common_of(const char *name, const char *other) {
    uint32_t common = 0;
    for (uint32_t i = 0;; i++) {
        bool ends = name[i] == 0 || name[i] == '.', others_end = other[i] == 0 || other[i] == '.';
        if (ends && others_end) common = i;
        if (name[i] != other[i] || name[i] == 0) return common;
    }
}

static void look_at_child(struct naming *naming, const struct fil_tree *tree,
                          const struct fil_tree_node *child) {
    const struct fil_function *functions = tree->functions;
    if (strcmp(functions[child->function].name, "<module>") != 0) return;
    char first[MOST_NAME], module[MOST_NAME];
    if (!naming->first) { /* nearly always the only one */
        *naming = (struct naming){child->function, child->function, MOST_NAME, child->total};
        return;
    }
    fil_places_module(functions[naming->first].file, first, sizeof first);
    fil_places_module(functions[child->function].file, module, sizeof module);
    if (naming->common < MOST_NAME) first[naming->common] = 0;
    naming->common = common_of(first, module);
    if (child->total <= naming->most) return;
    naming->largest = child->function;
    naming->most = child->total;
}

/* "import pandas" */
static void write_name(const struct naming *naming, const struct fil_tree *tree, char *name,
                       size_t size) {
    char module[MOST_NAME];
    bool in_common = naming->common > 0;
    uint32_t function = in_common ? naming->first : naming->largest;
    fil_places_module(tree->functions[function].file, module, sizeof module);
    if (in_common && naming->common < MOST_NAME) module[naming->common] = 0;
    snprintf(name, size, function ? "import %s" : "import", module);
}

/* The functions of import nodes, equal names once: a table by the name's hash. */
struct names {
    struct fil_function *functions;
    uint32_t count, first, mask;
    uint32_t *table; /* hash => function */
};

/* 0 without memory. */
static uint32_t function_of(struct names *names, const char *name, struct fil_arena *arena) {
    for (uint32_t i = (uint32_t)fil_treebuilder_hash(name);; i++) {
        uint32_t *bucket = &names->table[i & names->mask];
        if (*bucket && strcmp(names->functions[*bucket].name, name) == 0) return *bucket;
        if (*bucket) continue;
        const char *kept = fil_arena_copy(arena, name, strlen(name));
        if (!kept) return 0;
        names->functions[names->count] = (struct fil_function){kept, FIL_IMPORT_FILE, 0};
        return *bucket = names->count++;
    }
}

static bool make_room(struct names *names, const struct fil_tree *tree, uint32_t imports,
                      struct fil_arena *arena) {
    names->first = names->count = tree->function_count - 1; /* in place of the unnamed one */
    for (names->mask = 16; names->mask < (uint64_t)imports * 2; names->mask *= 2) {
    }
    names->table = fil_arena_get(arena, (size_t)names->mask * sizeof *names->table);
    names->mask--;
    names->functions =
        fil_arena_get(arena, ((size_t)names->first + imports) * sizeof *names->functions);
    if (names->functions)
        memcpy(names->functions, tree->functions, names->first * sizeof *names->functions);
    return names->table && names->functions;
}

static bool name_all(struct fil_tree *tree, uint32_t imports, struct fil_arena *arena) {
    uint32_t unnamed = tree->function_count - 1,
             *number = fil_arena_get(arena, (size_t)tree->count * sizeof *number), found = 0;
    struct naming *naming = fil_arena_get(arena, (size_t)imports * sizeof *naming);
    struct names names;
    char name[MOST_NAME + sizeof "import "];
    if (!number || !naming || !make_room(&names, tree, imports, arena)) return false;
    for (uint32_t i = 1; i < tree->count; i++) {
        const struct fil_tree_node *node = &tree->nodes[i];
        if (node->function == unnamed) number[i] = found++;
        else if (tree->nodes[node->parent].function == unnamed)
            look_at_child(&naming[number[node->parent]], tree, node);
    }
    for (uint32_t i = 1; i < tree->count; i++) {
        if (tree->nodes[i].function != unnamed) continue;
        write_name(&naming[number[i]], tree, name, sizeof name);
        uint32_t function = function_of(&names, name, arena);
        if (!function) return false;
        tree->nodes[i].function = function;
    }
    tree->functions = names.functions;
    tree->first_import = names.first;
    tree->function_count = names.count;
    return true;
}

bool fil_imports_name(struct fil_tree *tree, struct fil_arena *arena) {
    uint32_t imports = 0, unnamed = tree->function_count - 1;
    for (uint32_t i = 1; i < tree->count; i++) imports += tree->nodes[i].function == unnamed;
    tree->first_import = tree->function_count = unnamed;
    if (!imports) return true;
    tree->function_count++;
    return name_all(tree, imports, arena);
}

/* A copy in which the nodes that `goes` marks are their parents. */
static const struct fil_tree *without(const struct fil_tree *tree, const uint8_t *goes,
                                      struct fil_arena *arena, struct fil_arena *scratch) {
    const struct fil_snapshot rest = {
        .parts = tree->parts,
        .part_count = tree->part_count,
        .files = tree->files,
        .file_count = tree->file_count,
        .end = {tree->end, false, 0, tree->end_parts, tree->end_part_count},
    };
    uint32_t *new_node = fil_arena_get(scratch, (size_t)tree->count * sizeof *new_node), count = 0;
    for (uint32_t i = 1; i < tree->count; i++) count += !goes[i];
    struct fil_treebuilder *builder =
        fil_treebuilder_new(tree->functions, tree->function_count, count, arena, scratch);
    if (!new_node || !builder) return NULL;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct fil_tree_node *node = &tree->nodes[i];
        uint32_t parent = new_node[node->parent];
        if (i)
            new_node[i] = goes[i]
                              ? parent
                              : fil_treebuilder_child(builder, parent, node->function, node->line);
        fil_treebuilder_self(builder, new_node[i], node->self, node->allocations);
        if (tree->old && !fil_treebuilder_old(builder, new_node[i], tree->old[i].self)) return NULL;
        if (tree->end && !fil_treebuilder_end(builder, new_node[i], tree->end[i].self)) return NULL;
    }
    struct fil_tree *result = fil_treebuilder_finish(builder, &rest, new_node);
    if (result) result->first_import = tree->first_import;
    return result;
}

static bool goes_spliced(const struct fil_tree *tree, uint32_t node, const uint8_t *goes) {
    (void)goes;
    return fil_imports_is_node(tree, node);
}

static bool goes_closed(const struct fil_tree *tree, uint32_t node, const uint8_t *goes) {
    uint32_t parent = tree->nodes[node].parent;
    return parent && (goes[parent] || fil_imports_is_node(tree, parent));
}

/* The tree itself where no node goes. */
static const struct fil_tree *left_over(const struct fil_tree *tree, struct fil_arena *arena,
                                        bool (*goes)(const struct fil_tree *, uint32_t,
                                                     const uint8_t *)) {
    struct fil_arena *scratch = fil_arena_new();
    uint8_t *marks = scratch ? fil_arena_get(scratch, tree->count) : NULL, some = 0;
    for (uint32_t i = 1; marks && i < tree->count; i++) some |= marks[i] = goes(tree, i, marks);
    const struct fil_tree *result = !marks ? NULL
                                    : some ? without(tree, marks, arena, scratch)
                                           : tree;
    fil_arena_free(scratch);
    return result;
}

const struct fil_tree *fil_imports_spliced(const struct fil_tree *tree, struct fil_arena *arena) {
    return left_over(tree, arena, goes_spliced);
}

const struct fil_tree *fil_imports_closed(const struct fil_tree *tree, struct fil_arena *arena) {
    return left_over(tree, arena, goes_closed);
}
