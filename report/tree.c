/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <string.h>

#include "endtext.h"
#include "imports.h"
#include "names.h"
#include "treebuilder.h"

static bool is_ours(const struct fil_report *report, const struct fil_function *f) {
    size_t length = strlen(report->package_dir);
    return length && strncmp(f->file, report->package_dir, length) == 0;
}

/* Frames that only start the program or a thread. */
static bool is_startup(const struct fil_function *f) {
    if (strcmp(f->file, "<frozen runpy>") == 0 || fil_ends_with(f->file, "/runpy.py")) return true;
    if (!fil_ends_with(f->file, "/threading.py")) return false;
    const char *dot = strrchr(f->name, '.'), *name = dot ? dot + 1 : f->name;
    return strcmp(name, "_bootstrap") == 0 || strcmp(name, "_bootstrap_inner") == 0 ||
           strcmp(name, "run") == 0;
}

enum frame_use { KEEP, OURS, STARTUP, IMPORT };

static uint8_t *uses_of(const struct fil_report *report, const struct fil_snapshot *s,
                        struct fil_arena *arena) {
    uint8_t *uses = fil_arena_get(arena, s->function_count);
    for (uint32_t i = 0; uses && i < s->function_count; i++) {
        const struct fil_function *f = &s->functions[i];
        uses[i] = is_ours(report, f)       ? OURS
                  : is_startup(f)          ? STARTUP
                  : fil_imports_is_part(f) ? IMPORT
                                           : KEEP;
    }
    return uses;
}

static bool holds(const struct fil_snapshot_node *node) {
    return node->bytes > 0 || node->at_end > 0;
}

/* What each node holds together with everything below it, at one moment or the other: not nothing
 * where it holds something. */
static int64_t *totals_of(const struct fil_snapshot *s, struct fil_arena *arena) {
    int64_t *totals = fil_arena_get(arena, s->node_count * sizeof *totals);
    for (uint32_t i = s->node_count; totals && i-- > 0;) {
        totals[i] += s->nodes[i].bytes + s->nodes[i].at_end;
        if (i) totals[s->nodes[i].parent] += totals[i];
    }
    return totals;
}

/* Marks the nodes that lead to a mapped file: they stay, though they may hold nothing. */
static void mark_files(const struct fil_snapshot *s, uint8_t *maps) {
    for (uint32_t i = 0; i < s->file_count; i++) {
        for (uint32_t node = s->files[i].node; node && !maps[node]; node = s->nodes[node].parent)
            maps[node] = 1;
    }
}

/* How many nodes the tree may have: an import with no line above it has two. */
static uint32_t most_nodes(const struct fil_snapshot *s, const uint8_t *uses) {
    uint32_t most = s->node_count;
    for (uint32_t i = 1; uses && i < s->node_count; i++) {
        const struct fil_snapshot_node *node = &s->nodes[i], *parent = &s->nodes[node->parent];
        most += uses[node->function] == IMPORT && uses[parent->function] != IMPORT;
    }
    return most;
}

static bool add_own(struct fil_treebuilder *builder, const struct fil_snapshot *s, uint32_t from,
                    uint32_t to) {
    const struct fil_snapshot_node *node = &s->nodes[from];
    fil_treebuilder_own(builder, to, node->bytes, node->allocations);
    return !s->end.is_known || fil_treebuilder_end(builder, to, node->at_end);
}

static struct fil_tree *tidied(const struct fil_report *report, struct fil_arena *arena,
                               struct fil_arena *scratch) {
    const struct fil_snapshot *s = fil_names_shortened(report->snapshot, arena);
    if (!s) return NULL;
    uint32_t *same = fil_treebuilder_equal_functions(s, scratch);
    uint8_t *uses = uses_of(report, s, scratch);
    int64_t *totals = totals_of(s, scratch);
    uint32_t *place = fil_arena_get(
        scratch, s->node_count * sizeof *place); /* node => its place in the new tree */
    uint32_t *own_place = fil_arena_get(
        scratch, s->node_count * sizeof *own_place); /* node => whose its own bytes are there */
    uint8_t *maps = fil_arena_get(scratch, s->node_count);
    struct fil_treebuilder *builder = fil_treebuilder_new(s->functions, s->function_count + 1,
                                                          most_nodes(s, uses), arena, scratch);
    if (!same || !uses || !totals || !place || !own_place || !maps || !builder) return NULL;
    if (!add_own(builder, s, 0, 0)) return NULL;
    mark_files(s, maps);
    for (uint32_t i = 1; i < s->node_count; i++) {
        const struct fil_snapshot_node *node = &s->nodes[i];
        if (totals[i] <= 0 && !holds(node) && !maps[i]) continue;
        uint32_t function = same[node->function], parent = place[node->parent];
        enum frame_use use = uses[node->function];
        if (use == STARTUP && parent == 0) { /* leading: goes, but keeps what it holds itself */
            own_place[i] =
                holds(node) ? fil_treebuilder_child(builder, 0, function, node->line) : 0;
            if (own_place[i] && !add_own(builder, s, i, own_place[i])) return NULL;
            continue;
        }
        bool goes = use == OURS || (use == IMPORT && parent);
        uint32_t line =
            goes ? parent : fil_treebuilder_child(builder, parent, function, node->line);
        place[i] = use == IMPORT ? fil_imports_place(builder, line) : line;
        own_place[i] = place[i];
        if (!add_own(builder, s, i, place[i])) return NULL;
    }
    struct fil_tree *tree = fil_treebuilder_finish(builder, s, own_place);
    return tree && fil_imports_name(tree, arena) ? tree : NULL;
}

struct fil_tree *fil_tree_of(const struct fil_report *report, struct fil_arena *arena) {
    struct fil_arena *scratch = fil_arena_new();
    struct fil_tree *tree = scratch ? tidied(report, arena, scratch) : NULL;
    fil_arena_free(scratch);
    return tree;
}

/* Those of the parts whose nodes are kept, by their new numbers. */
static struct fil_snapshot_part *kept_parts(const struct fil_snapshot_part *parts, uint32_t count,
                                            const uint8_t *keep, const uint32_t *place,
                                            uint32_t *kept_count, struct fil_arena *arena) {
    struct fil_snapshot_part *result = fil_arena_get(arena, count * sizeof *result);
    *kept_count = 0;
    for (uint32_t i = 0; result && i < count; i++) {
        struct fil_snapshot_part part = parts[i];
        if (part.node && !keep[part.node]) continue;
        part.node = place[part.node];
        result[(*kept_count)++] = part;
    }
    return result;
}

static bool keep_parts(struct fil_tree *result, const struct fil_tree *tree, const uint8_t *keep,
                       const uint32_t *place, struct fil_arena *arena) {
    result->parts =
        kept_parts(tree->parts, tree->part_count, keep, place, &result->part_count, arena);
    result->end_parts = kept_parts(tree->end_parts, tree->end_part_count, keep, place,
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
    uint32_t *place = fil_arena_get(arena, tree->count * sizeof *place);
    if (!place) return NULL;
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
        uint32_t parent = i ? place[tree->nodes[i].parent] : 0;
        if (i && !keep[i]) {
            if (keep[tree->nodes[i].parent] || !tree->nodes[i].parent) result->left_out[parent]++;
            continue;
        }
        place[i] = result->count++;
        result->nodes[place[i]] = tree->nodes[i];
        result->nodes[place[i]].parent = parent;
        if (tree->left_out) result->left_out[place[i]] += tree->left_out[i];
        if (tree->old) result->old[place[i]] = tree->old[i];
        if (tree->end) result->end[place[i]] = tree->end[i];
    }
    for (uint32_t i = 0; i < result->file_count; i++)
        result->files[i].node = place[result->files[i].node];
    return keep_parts(result, tree, keep, place, arena) ? result : NULL;
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

struct fil_tree *fil_tree_at_end(const struct fil_tree *tree, struct fil_arena *arena) {
    struct fil_tree *result = fil_arena_get(arena, sizeof *result);
    struct fil_tree_node *nodes = fil_arena_get(arena, (size_t)tree->count * sizeof *nodes);
    if (!result || !nodes) return NULL;
    *result = *tree;
    result->nodes = nodes;
    result->parts = tree->end_parts;
    result->part_count = tree->end_part_count;
    result->end = NULL;
    result->end_parts = NULL;
    result->end_part_count = result->file_count = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        nodes[i] = tree->nodes[i];
        nodes[i].own = tree->end[i].own;
        nodes[i].total = tree->end[i].total;
        nodes[i].untouched = 0;
    }
    for (uint32_t i = 0; i < result->part_count; i++)
        nodes[result->parts[i].node].untouched += result->parts[i].untouched;
    for (uint32_t i = tree->count; i-- > 1;) nodes[nodes[i].parent].untouched += nodes[i].untouched;
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
