/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <string.h>

#include "treebuilder.h"

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

struct fil_tree *fil_tree_of(const struct fil_report *report, struct fil_arena *arena) {
    const struct fil_snapshot *s = report->snapshot;
    uint32_t *same = fil_treebuilder_equal_functions(s, arena);
    uint8_t *uses = uses_of(report, arena);
    int64_t *totals = totals_of(s, arena);
    uint32_t *place = fil_arena_get(arena, s->node_count * sizeof *place);         /* node => its place in the new tree */
    uint32_t *innermost = fil_arena_get(arena, s->node_count * sizeof *innermost); /* the start-up frame above, if all are */
    struct fil_treebuilder *builder = fil_treebuilder_new(s->functions, s->function_count, s->node_count, arena);
    if (!same || !uses || !totals || !place || !innermost || !builder) return NULL;
    fil_treebuilder_own(builder, 0, s->nodes[0].bytes, s->nodes[0].allocations);
    for (uint32_t i = 1; i < s->node_count; i++) {
        const struct fil_snapshot_node *node = &s->nodes[i];
        if (totals[i] <= 0 && node->bytes <= 0) continue;
        uint32_t function = same[node->function], parent = place[node->parent];
        enum frame_use use = uses[node->function];
        if (use == STARTUP && parent == 0) { /* leading: goes, but keeps what it holds itself */
            if (node->bytes > 0) {
                uint32_t alone = fil_treebuilder_child(builder, 0, function, node->line);
                fil_treebuilder_own(builder, alone, node->bytes, node->allocations);
            }
            continue;
        }
        place[i] = use == OURS ? parent : fil_treebuilder_child(builder, parent, function, node->line);
        fil_treebuilder_own(builder, place[i], node->bytes, node->allocations);
    }
    return fil_treebuilder_finish(builder);
}

/* A copy with only the nodes marked in `keep` (a node's ancestors are marked too). */
static struct fil_tree *kept(const struct fil_tree *tree, const uint8_t *keep, bool new_totals, struct fil_arena *arena) {
    uint32_t *place = fil_arena_get(arena, tree->count * sizeof *place);
    struct fil_tree *result = fil_arena_get(arena, sizeof *result);
    if (!place || !result) return NULL;
    *result = *tree;
    result->nodes = fil_arena_get(arena, tree->count * sizeof *result->nodes);
    if (!result->nodes) return NULL;
    result->count = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        if (i && !keep[i]) continue;
        place[i] = result->count++;
        struct fil_tree_node *node = &result->nodes[place[i]];
        *node = tree->nodes[i];
        node->parent = i ? place[node->parent] : 0;
        if (new_totals && keep[i] != 2) node->own = 0;
        if (new_totals) node->total = 0;
    }
    for (uint32_t i = result->count; new_totals && i-- > 0;) {
        result->nodes[i].total += result->nodes[i].own;
        if (i) result->nodes[result->nodes[i].parent].total += result->nodes[i].total;
    }
    return result;
}

struct fil_tree *fil_tree_largest(const struct fil_tree *tree, double share, struct fil_arena *arena) {
    uint32_t count;
    uint32_t *owners = fil_tree_owners(tree, arena, &count);
    uint8_t *keep = fil_arena_get(arena, tree->count); /* 1: only a way to it; 2: holds its own */
    if (!owners || !keep) return NULL;
    int64_t held = 0;
    double enough = share * (double)tree->nodes[0].total;
    for (uint32_t i = 0; i < count && (double)held < enough; i++) {
        held += tree->nodes[owners[i]].own;
        keep[owners[i]] = 2;
    }
    for (uint32_t i = tree->count; i-- > 1;) {
        if (keep[i] && !keep[tree->nodes[i].parent]) keep[tree->nodes[i].parent] = 1;
    }
    return kept(tree, keep, true, arena);
}

struct fil_tree *fil_tree_at_least(const struct fil_tree *tree, int64_t bytes, struct fil_arena *arena) {
    uint8_t *keep = fil_arena_get(arena, tree->count);
    if (!keep) return NULL;
    for (uint32_t i = 1; i < tree->count; i++) {
        keep[i] = tree->nodes[i].total >= bytes && (tree->nodes[i].parent == 0 || keep[tree->nodes[i].parent]);
    }
    return kept(tree, keep, false, arena);
}
