/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <string.h>

#include "treebuilder.h"

#define MOST_FILES 100u /* in a pruned tree */

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool is_ours(const struct fil_report *report, const struct fil_function *f) {
    size_t length = strlen(report->package_dir);
    return length && strncmp(f->file, report->package_dir, length) == 0;
}

/* Frames that only start the program or a thread. */
static bool is_startup(const struct fil_function *f) {
    if (strcmp(f->file, "<frozen runpy>") == 0 || ends_with(f->file, "/runpy.py")) return true;
    if (!ends_with(f->file, "/threading.py")) return false;
    return strcmp(f->name, "_bootstrap") == 0 || strcmp(f->name, "_bootstrap_inner") == 0 || strcmp(f->name, "run") == 0;
}

enum frame_use { KEEP, OURS, STARTUP };

static uint8_t *uses_of(const struct fil_report *report, struct fil_arena *arena) {
    const struct fil_snapshot *s = report->snapshot;
    uint8_t *uses = fil_arena_get(arena, s->function_count);
    for (uint32_t i = 0; uses && i < s->function_count; i++) {
        uses[i] = is_ours(report, &s->functions[i]) ? OURS : is_startup(&s->functions[i]) ? STARTUP : KEEP;
    }
    return uses;
}

/* What each node holds together with everything below it. */
static int64_t *totals_of(const struct fil_snapshot *s, struct fil_arena *arena) {
    int64_t *totals = fil_arena_get(arena, s->node_count * sizeof *totals);
    for (uint32_t i = s->node_count; totals && i-- > 0;) {
        totals[i] += s->nodes[i].bytes;
        if (i) totals[s->nodes[i].parent] += totals[i];
    }
    return totals;
}

/* Marks the nodes that lead to a mapped file: they stay, though they may hold nothing. */
static void mark_files(const struct fil_snapshot *s, uint8_t *maps) {
    for (uint32_t i = 0; i < s->file_count; i++) {
        for (uint32_t node = s->files[i].node; node && !maps[node]; node = s->nodes[node].parent) maps[node] = 1;
    }
}

struct fil_tree *fil_tree_of(const struct fil_report *report, struct fil_arena *arena) {
    const struct fil_snapshot *s = report->snapshot;
    uint32_t *same = fil_treebuilder_equal_functions(s, arena);
    uint8_t *uses = uses_of(report, arena);
    int64_t *totals = totals_of(s, arena);
    uint32_t *place = fil_arena_get(arena, s->node_count * sizeof *place);         /* node => its place in the new tree */
    uint32_t *own_place = fil_arena_get(arena, s->node_count * sizeof *own_place); /* node => whose its own bytes are there */
    uint8_t *maps = fil_arena_get(arena, s->node_count);
    struct fil_treebuilder *builder = fil_treebuilder_new(s->functions, s->function_count, s->node_count, arena);
    if (!same || !uses || !totals || !place || !own_place || !maps || !builder) return NULL;
    fil_treebuilder_own(builder, 0, s->nodes[0].bytes, s->nodes[0].allocations);
    mark_files(s, maps);
    for (uint32_t i = 1; i < s->node_count; i++) {
        const struct fil_snapshot_node *node = &s->nodes[i];
        if (totals[i] <= 0 && node->bytes <= 0 && !maps[i]) continue;
        uint32_t function = same[node->function], parent = place[node->parent];
        enum frame_use use = uses[node->function];
        if (use == STARTUP && parent == 0) { /* leading: goes, but keeps what it holds itself */
            own_place[i] = node->bytes > 0 ? fil_treebuilder_child(builder, 0, function, node->line) : 0;
            fil_treebuilder_own(builder, own_place[i], node->bytes, node->allocations);
            continue;
        }
        place[i] = own_place[i] = use == OURS ? parent : fil_treebuilder_child(builder, parent, function, node->line);
        fil_treebuilder_own(builder, place[i], node->bytes, node->allocations);
    }
    return fil_treebuilder_finish(builder, s, own_place);
}

static bool is_import_system(const struct fil_function *f) {
    static const char prefix[] = "<frozen importlib";
    return strncmp(f->file, prefix, sizeof prefix - 1) == 0;
}

const struct fil_tree *fil_tree_without_imports(const struct fil_tree *tree, struct fil_arena *arena) {
    static const struct fil_snapshot nothing = {0};
    uint8_t *goes = fil_arena_get(arena, tree->function_count + 1);
    uint32_t some = 0;
    for (uint32_t f = 1; goes && f < tree->function_count; f++) some |= goes[f] = is_import_system(&tree->functions[f]);
    if (goes && !some) return tree;
    uint32_t *place = fil_arena_get(arena, (size_t)tree->count * sizeof *place);
    struct fil_treebuilder *builder = fil_treebuilder_new(tree->functions, tree->function_count, tree->count, arena);
    if (!goes || !place || !builder) return NULL;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct fil_tree_node *node = &tree->nodes[i];
        uint32_t parent = place[node->parent];
        if (i)
            place[i] =
                parent && goes[node->function] ? parent : fil_treebuilder_child(builder, parent, node->function, node->line);
        fil_treebuilder_own(builder, place[i], node->own, node->allocations);
    }
    return fil_treebuilder_finish(builder, &nothing, NULL);
}

/* The parts of the nodes that are kept, by their new numbers. */
static bool keep_parts(struct fil_tree *result, const struct fil_tree *tree, const uint8_t *keep, const uint32_t *place,
                       struct fil_arena *arena) {
    result->parts = fil_arena_get(arena, tree->part_count * sizeof *result->parts);
    if (!result->parts) return false;
    result->part_count = 0;
    for (uint32_t i = 0; i < tree->part_count; i++) {
        struct fil_snapshot_part part = tree->parts[i];
        if (part.node && !keep[part.node]) continue;
        part.node = place[part.node];
        result->parts[result->part_count++] = part;
    }
    return true;
}

/* The largest mapped files, and the stacks that mapped them, however little these hold: marked in `keep`. */
static bool keep_files(struct fil_tree *result, const struct fil_tree *tree, uint8_t *keep, struct fil_arena *arena) {
    uint8_t *taken = fil_arena_get(arena, tree->file_count);
    result->files = fil_arena_get(arena, MOST_FILES * sizeof *result->files);
    if (!taken || !result->files) return false;
    for (result->file_count = 0; result->file_count < MOST_FILES; result->file_count++) {
        uint32_t largest = tree->file_count;
        for (uint32_t i = 0; i < tree->file_count; i++) {
            bool larger = largest == tree->file_count || tree->files[i].mapped_bytes > tree->files[largest].mapped_bytes;
            if (!taken[i] && larger) largest = i;
        }
        if (largest == tree->file_count) break;
        taken[largest] = 1;
        result->files[result->file_count] = tree->files[largest];
        for (uint32_t node = tree->files[largest].node; node && !keep[node]; node = tree->nodes[node].parent) keep[node] = 1;
    }
    return true;
}

/* A copy with only the nodes marked in `keep` (a node's ancestors are marked too). */
static struct fil_tree *kept(const struct fil_tree *tree, uint8_t *keep, struct fil_arena *arena) {
    uint32_t *place = fil_arena_get(arena, tree->count * sizeof *place);
    struct fil_tree *result = fil_arena_get(arena, sizeof *result);
    if (!place || !result) return NULL;
    *result = *tree;
    result->nodes = fil_arena_get(arena, tree->count * sizeof *result->nodes);
    if (!result->nodes || !keep_files(result, tree, keep, arena)) return NULL;
    result->count = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        if (i && !keep[i]) continue;
        place[i] = result->count++;
        struct fil_tree_node *node = &result->nodes[place[i]];
        *node = tree->nodes[i];
        node->parent = i ? place[node->parent] : 0;
    }
    for (uint32_t i = 0; i < result->file_count; i++) result->files[i].node = place[result->files[i].node];
    return keep_parts(result, tree, keep, place, arena) ? result : NULL;
}

struct fil_tree *fil_tree_at_least(const struct fil_tree *tree, int64_t bytes, struct fil_arena *arena) {
    uint8_t *keep = fil_arena_get(arena, tree->count);
    if (!keep) return NULL;
    for (uint32_t i = 1; i < tree->count; i++) {
        keep[i] = tree->nodes[i].total >= bytes && (tree->nodes[i].parent == 0 || keep[tree->nodes[i].parent]);
    }
    return kept(tree, keep, arena);
}
