/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the tree and the answers of two profiles' difference. fil_difference_make is its entry. */
#include "difference.h"

#include <string.h>

#include "imports.h"
#include "rows.h"
#include "sources.h"
#include "treebuilder.h"
#include "writers.h"

struct laying {
    const struct fil_tree *older, *newer; /* in use */
    struct fil_function
        *functions; /* the new ones but imports', the old ones that are gone, all imports' */
    uint32_t function_count, first_import;
    const struct fil_moved *moved;
    uint32_t moved_count;
    uint32_t *gone; /* by item of `moved`: the number of its function, where that isn't in the new
                       profile */
    uint32_t *import_of;   /* by import of the old profile: its number here */
    uint32_t *table, mask; /* hash of (old function, old line) => item of `moved` + 1 */
};

static uint64_t hash_of(uint32_t function, uint32_t line) {
    return ((((uint64_t)function << 32) | line) * 0x9E3779B97F4A7C15u) >> 32;
}

static const struct fil_moved *find_moved(const struct laying *l, uint32_t function,
                                          uint32_t line) {
    for (uint32_t i = (uint32_t)hash_of(function, line);; i++) {
        uint32_t item = l->table[i & l->mask];
        if (!item) return NULL;
        if (l->moved[item - 1].old_function == function && l->moved[item - 1].old_line == line)
            return &l->moved[item - 1];
    }
}

static void fill_table(struct laying *l) {
    for (uint32_t item = 0; item < l->moved_count; item++) {
        uint32_t i = (uint32_t)hash_of(l->moved[item].old_function, l->moved[item].old_line);
        while (l->table[i & l->mask]) i++;
        l->table[i & l->mask] = item + 1;
    }
}

static uint32_t add_function(struct laying *l, struct fil_function function, uint32_t from) {
    for (uint32_t f = from; f < l->function_count; f++) {
        if (strcmp(l->functions[f].name, function.name) == 0 &&
            strcmp(l->functions[f].file, function.file) == 0)
            return f;
    }
    l->functions[l->function_count] = function;
    return l->function_count++;
}

/* Functions that are gone are few: those of one file and name are one. */
static void add_gone(struct laying *l) {
    for (uint32_t item = 0; item < l->moved_count; item++) {
        const struct fil_moved *moved = &l->moved[item];
        if (moved->function != UINT32_MAX) continue;
        const struct fil_function *old = &l->older->functions[moved->old_function];
        l->gone[item] =
            add_function(l, (struct fil_function){old->name, moved->file, old->first_line},
                         l->newer->first_import);
    }
}

static void add_imports(struct laying *l) {
    l->first_import = l->function_count;
    for (uint32_t f = l->newer->first_import; f < l->newer->function_count; f++)
        l->functions[l->function_count++] = l->newer->functions[f];
    for (uint32_t f = l->older->first_import; f < l->older->function_count; f++)
        l->import_of[f - l->older->first_import] =
            add_function(l, l->older->functions[f], l->first_import);
}

static bool prepare(struct laying *l, struct fil_arena *arena) {
    size_t most = (size_t)l->newer->function_count + l->older->function_count + l->moved_count;
    l->functions = fil_arena_get(arena, most * sizeof *l->functions);
    l->gone = fil_arena_get(arena, (size_t)l->moved_count * sizeof *l->gone);
    l->import_of = fil_arena_get(arena, (size_t)l->older->function_count * sizeof *l->import_of);
    for (l->mask = 16; l->mask < (uint64_t)l->moved_count * 2; l->mask *= 2) {
    }
    l->table = fil_arena_get(arena, (size_t)l->mask * sizeof *l->table);
    l->mask--;
    if (!l->functions || !l->gone || !l->import_of || !l->table) return false;
    memcpy(l->functions, l->newer->functions, l->newer->first_import * sizeof *l->functions);
    l->function_count = l->newer->first_import;
    fill_table(l);
    add_gone(l);
    add_imports(l);
    return true;
}

/* What an old node's frame is now. */
static void frame_of(const struct laying *l, const struct fil_tree_node *node, uint32_t *function,
                     uint32_t *line) {
    *line = node->line;
    if (node->function >= l->older->first_import) {
        *function = l->import_of[node->function - l->older->first_import];
        return;
    }
    const struct fil_moved *moved = find_moved(l, node->function, node->line);
    *function = !moved                          ? 0
                : moved->function == UINT32_MAX ? l->gone[moved - l->moved]
                                                : moved->function;
    if (moved) *line = moved->line;
}

static bool add_newer(const struct laying *l, struct fil_treebuilder *builder, uint32_t *new_node) {
    for (uint32_t i = 0; i < l->newer->count; i++) {
        const struct fil_tree_node *node = &l->newer->nodes[i];
        bool is_import = node->function >= l->newer->first_import;
        uint32_t function =
            node->function + (is_import ? l->first_import - l->newer->first_import : 0);
        if (i)
            new_node[i] =
                fil_treebuilder_child(builder, new_node[node->parent], function, node->line);
        fil_treebuilder_self(builder, new_node[i], node->self, node->allocations);
    }
    return fil_treebuilder_old(builder, 0, l->older->nodes[0].self);
}

static void add_older(const struct laying *l, struct fil_treebuilder *builder, uint32_t *new_node) {
    new_node[0] = 0;
    for (uint32_t i = 1; i < l->older->count; i++) {
        const struct fil_tree_node *node = &l->older->nodes[i];
        uint32_t function, line;
        frame_of(l, node, &function, &line);
        new_node[i] = fil_treebuilder_child(builder, new_node[node->parent], function, line);
        fil_treebuilder_old(builder, new_node[i], node->self);
    }
}

static struct fil_tree *lay_over(struct laying *l, struct fil_arena *arena) {
    static const struct fil_snapshot nothing = {0};
    uint32_t most = l->newer->count + l->older->count;
    uint32_t *new_node = fil_arena_get(arena, (size_t)most * sizeof *new_node);
    if (!new_node || !prepare(l, arena)) return NULL;
    struct fil_treebuilder *builder =
        fil_treebuilder_new(l->functions, l->function_count, most, arena, arena);
    if (!builder || !add_newer(l, builder, new_node)) return NULL;
    add_older(l, builder, new_node);
    struct fil_tree *tree = fil_treebuilder_finish(builder, &nothing, NULL);
    if (tree) tree->first_import = l->first_import;
    return tree;
}

/* The new profile's source lines, and those of the old one's that are gone. */
static bool join_sources(struct fil_report *report, const struct laying *l,
                         const struct fil_report *older, struct fil_arena *arena) {
    size_t most = (size_t)report->source_count + l->moved_count;
    struct fil_source_line *sources = fil_arena_get(arena, most * sizeof *sources);
    uint32_t count = report->source_count;
    if (!sources) return false;
    if (count) memcpy(sources, report->sources, count * sizeof *sources);
    for (uint32_t item = 0; item < l->moved_count; item++) {
        const struct fil_moved *moved = &l->moved[item];
        const char *file =
            l->functions[moved->function == UINT32_MAX ? l->gone[item] : moved->function].file;
        const char *old_file = l->older->functions[moved->old_function].file;
        const struct fil_source_line *line = fil_report_source(older, old_file, moved->old_line);
        if (line && !fil_report_source(report, file, moved->line))
            sources[count++] = (struct fil_source_line){file, moved->line, line->text};
    }
    report->sources = sources;
    report->source_count = count;
    fil_report_sort_sources(report);
    return true;
}

/* The report with what is in use as its total. NULL without memory. */
static struct fil_report *report_in_use(const struct fil_digest *digest, struct fil_arena *arena) {
    struct fil_report *report = fil_arena_get(arena, sizeof *report);
    struct fil_snapshot *snapshot = fil_arena_get(arena, sizeof *snapshot);
    if (!report || !snapshot) return NULL;
    *snapshot = *digest->report->snapshot;
    snapshot->peak_bytes = fil_rows_whole(digest);
    *report = *digest->report;
    report->snapshot = snapshot;
    report->end_in_use = digest->end ? fil_rows_whole(digest->end) : -1;
    return report;
}

static struct fil_kept *make(struct laying *l, const struct fil_digest *older,
                             const struct fil_digest *newer, struct fil_arena *arena) {
    struct fil_report *report = report_in_use(newer, arena),
                      *old_report = report_in_use(older, arena);
    l->older = fil_digest_in_use(older, older->held, arena);
    l->newer = fil_digest_in_use(newer, newer->held, arena);
    if (!report || !old_report || !l->older || !l->newer) return NULL;
    struct fil_tree *tree = lay_over(l, arena);
    report->older = old_report;
    bool joined = tree && join_sources(report, l, older->report, arena);
    return joined ? fil_kept_make(report, tree) : NULL;
}

struct fil_kept *fil_difference_make(const struct fil_digest *older, const struct fil_digest *newer,
                                     const struct fil_moved *moved, uint32_t count) {
    struct fil_arena *arena = fil_arena_new();
    struct laying l = {.moved = moved, .moved_count = count};
    struct fil_kept *result = arena ? make(&l, older, newer, arena) : NULL;
    fil_arena_free(arena);
    return result;
}
