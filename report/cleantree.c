/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the rule of which frames people see: a snapshot's stacks without our own frames, start-up
 * and the import system's. fil_tree_of is its entry. */
#include "cleantree.h"

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
    fil_treebuilder_self(builder, to, node->bytes, node->allocations);
    return !s->end.is_known || fil_treebuilder_end(builder, to, node->at_end);
}

static struct fil_tree *tidied(const struct fil_report *report, struct fil_arena *arena,
                               struct fil_arena *scratch) {
    const struct fil_snapshot *s = fil_names_shortened(report->snapshot, arena);
    if (!s) return NULL;
    uint32_t *same = fil_treebuilder_equal_functions(s, scratch);
    uint8_t *uses = uses_of(report, s, scratch);
    int64_t *totals = totals_of(s, scratch);
    uint32_t *new_node = fil_arena_get(
        scratch, s->node_count * sizeof *new_node); /* node => its node in the new tree */
    uint32_t *self_node = fil_arena_get(
        scratch,
        s->node_count * sizeof *self_node); /* node => the one there that has its self bytes */
    uint8_t *maps = fil_arena_get(scratch, s->node_count);
    struct fil_treebuilder *builder = fil_treebuilder_new(s->functions, s->function_count + 1,
                                                          most_nodes(s, uses), arena, scratch);
    if (!same || !uses || !totals || !new_node || !self_node || !maps || !builder) return NULL;
    if (!add_own(builder, s, 0, 0)) return NULL;
    mark_files(s, maps);
    for (uint32_t i = 1; i < s->node_count; i++) {
        const struct fil_snapshot_node *node = &s->nodes[i];
        if (totals[i] <= 0 && !holds(node) && !maps[i]) continue;
        uint32_t function = same[node->function], parent = new_node[node->parent];
        enum frame_use use = uses[node->function];
        if (use == STARTUP && parent == 0) { /* leading: goes, but keeps what it holds itself */
            self_node[i] =
                holds(node) ? fil_treebuilder_child(builder, 0, function, node->line) : 0;
            if (self_node[i] && !add_own(builder, s, i, self_node[i])) return NULL;
            continue;
        }
        bool goes = use == OURS || (use == IMPORT && parent);
        uint32_t line =
            goes ? parent : fil_treebuilder_child(builder, parent, function, node->line);
        new_node[i] = use == IMPORT ? fil_imports_node(builder, line) : line;
        self_node[i] = new_node[i];
        if (!add_own(builder, s, i, new_node[i])) return NULL;
    }
    struct fil_tree *tree = fil_treebuilder_finish(builder, s, self_node);
    return tree && fil_imports_name(tree, arena) ? tree : NULL;
}

struct fil_tree *fil_tree_of(const struct fil_report *report, struct fil_arena *arena) {
    struct fil_arena *scratch = fil_arena_new();
    struct fil_tree *tree = scratch ? tidied(report, arena, scratch) : NULL;
    fil_arena_free(scratch);
    return tree;
}
