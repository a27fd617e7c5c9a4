/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the view in which files that are cells have the cells' names. fil_cells_apply is its entry.
 */
#include "cells.h"

#include <string.h>

#include "endtext.h"
#include "passages.h"
#include "sources.h"
#include "treebuilder.h"
#include "writers.h"

#define OUTSIDE "[outside the cell]"
#define AT_THE_END "[at the cell's end]"

/* Functions of ours among the new ones, in front of those of imports: what IPython and the kernel
 * hold themselves, and what hooks do for the cell after it, as drawing its figures. */
enum { OURS_OUTSIDE, OURS_AT_END, FUNCTIONS_OF_OURS };

/* Folders, or files, whose frames run the cells; of these, those that also run inside a cell (a
 * magic, a display). */
static const char *const machinery[] = {
    "ipykernel", "IPython", "traitlets",      "tornado",
    "zmq",       "asyncio", "jupyter_client", "ipykernel_launcher.py"};
static const char *const shell[] = {"ipykernel", "IPython"};
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Whether one of the path's parts is one of the names. */
static bool is_part_of(const char *file, const char *const *names, size_t count) {
    for (const char *part = file; *part;) {
        size_t length = strcspn(part, "/");
        for (size_t i = 0; i < count; i++) {
            if (strlen(names[i]) == length && strncmp(part, names[i], length) == 0) return true;
        }
        part += length + (part[length] == '/');
    }
    return false;
}

struct cutting {
    const struct fil_tree *tree;
    const struct fil_cell *cells;
    uint32_t count;
    struct fil_treebuilder *builder;
    struct fil_function *functions; /* with the cells' names, and those of ours behind them */
    uint32_t function_count, first_import;
    uint32_t *cell_of; /* by function: its cell + 1; 0: it is in none */
    uint8_t *is_machinery, *is_shell, *is_trigger, *is_body, *passed;
    /* By node: where it is, UINT32_MAX for machinery above a cell; where its own bytes are; and
     * what it was hung below. */
    uint32_t *new_node, *owner, *base;
    bool failed; /* there was no memory */
};

/* A function's number in the new tree. */
static uint32_t number_of(const struct fil_tree *tree, uint32_t function) {
    return function + (function >= tree->first_import ? FUNCTIONS_OF_OURS : 0);
}

/* Whether it is a cell's own code, no function in it: %%timeit names it otherwise. */
static bool is_outermost(const struct fil_function *function) {
    return strcmp(function->name, "<module>") == 0 ||
           (strcmp(function->name, "inner") == 0 && strcmp(function->file, "<magic-timeit>") == 0);
}

/* A function of a cell has the cell's name and line; of one without a name it is the shell's. */
static void take_name(struct cutting *c, uint32_t f, struct fil_function *to) {
    if (!c->cell_of[f]) return;
    const struct fil_cell *cell = &c->cells[c->cell_of[f] - 1];
    if (cell->name[0]) {
        to->file = cell->name;
        to->first_line += cell->above;
    } else {
        c->cell_of[f] = 0;
        c->is_shell[f] = c->is_body[f];
    }
}

static bool prepare(struct cutting *c, struct fil_arena *arena) {
    const struct fil_tree *tree = c->tree;
    c->functions = fil_arena_get(arena, ((size_t)tree->function_count + FUNCTIONS_OF_OURS) *
                                            sizeof *c->functions);
    c->cell_of = fil_arena_get(arena, (size_t)tree->function_count * sizeof *c->cell_of);
    c->is_machinery = fil_arena_get(arena, tree->function_count);
    c->is_shell = fil_arena_get(arena, tree->function_count);
    c->is_trigger = fil_arena_get(arena, tree->function_count);
    c->is_body = fil_arena_get(arena, tree->function_count);
    c->passed = fil_arena_get(arena, tree->count);
    c->new_node = fil_arena_get(arena, (size_t)tree->count * sizeof *c->new_node);
    c->owner = fil_arena_get(arena, (size_t)tree->count * sizeof *c->owner);
    c->base = fil_arena_get(arena, (size_t)tree->count * sizeof *c->base);
    if (!c->functions || !c->cell_of || !c->is_machinery || !c->is_shell) return false;
    if (!c->is_trigger || !c->is_body || !c->passed || !c->new_node || !c->owner) return false;
    if (!c->base) return false;
    c->first_import = tree->first_import + FUNCTIONS_OF_OURS;
    for (uint32_t f = 0; f < tree->function_count; f++) {
        const char *file = tree->functions[f].file;
        struct fil_function *to = &c->functions[number_of(tree, f)];
        *to = tree->functions[f];
        for (uint32_t i = 0; i < c->count && !c->cell_of[f]; i++)
            c->cell_of[f] = strcmp(file, c->cells[i].file) == 0 ? i + 1 : 0;
        c->is_machinery[f] = is_part_of(file, machinery, COUNT(machinery));
        c->is_shell[f] = is_part_of(file, shell, COUNT(shell));
        c->is_body[f] = c->cell_of[f] && is_outermost(&tree->functions[f]);
        take_name(c, f, to);
        c->is_trigger[f] = fil_ends_with(tree->functions[f].name, "trigger") &&
                           fil_ends_with(file, "IPython/core/events.py");
    }
    c->functions[tree->first_import + OURS_OUTSIDE] = (struct fil_function){OUTSIDE, OUTSIDE, 0};
    c->functions[tree->first_import + OURS_AT_END] =
        (struct fil_function){AT_THE_END, AT_THE_END, 0};
    c->function_count = tree->function_count + FUNCTIONS_OF_OURS;
    c->builder = fil_treebuilder_new(c->functions, c->function_count,
                                     tree->count + FUNCTIONS_OF_OURS, arena, arena);
    return c->builder;
}

/* What a cell's node hangs below: a magic's body takes the place of the same cell's line that calls
 * the magic. */
static uint32_t base_of(const struct cutting *c, const struct fil_tree_node *node, uint32_t above) {
    const struct fil_tree *tree = c->tree;
    uint32_t caller = node->parent;
    while (c->passed[caller]) caller = tree->nodes[caller].parent;
    uint32_t from = tree->nodes[caller].function, f = node->function;
    if (caller != node->parent && c->is_body[f] && c->is_body[from] && c->cell_of[from]) {
        const char *own = c->cells[c->cell_of[f] - 1].name;
        const char *its = c->cells[c->cell_of[from] - 1].name;
        if (strcmp(own, its) == 0) return c->base[caller];
    }
    return above == UINT32_MAX ? 0 : above;
}

static void add_own(struct cutting *c, uint32_t from, uint32_t to) {
    const struct fil_tree_node *node = &c->tree->nodes[from];
    fil_treebuilder_self(c->builder, to, node->self, node->allocations);
    if (c->tree->end) c->failed |= !fil_treebuilder_end(c->builder, to, c->tree->end[from].self);
}

/* Where a node goes: below its caller's new node, into it, or, above a cell, nowhere. */
static void cut_node(struct cutting *c, uint32_t i) {
    const struct fil_tree_node *node = &c->tree->nodes[i];
    uint32_t above = c->new_node[node->parent], f = node->function;
    bool is_hook = above == UINT32_MAX && c->is_trigger[c->tree->nodes[node->parent].function] &&
                   !c->is_machinery[f];
    if (is_hook)
        above = fil_treebuilder_child(c->builder, 0, c->tree->first_import + OURS_AT_END, 0);
    bool in_cell = c->cell_of[f], is_below = above != 0 && above != UINT32_MAX;
    c->passed[i] =
        is_below && !in_cell && (c->is_shell[f] || (c->passed[node->parent] && c->is_machinery[f]));
    if (c->passed[i]) {
        c->new_node[i] = c->owner[i] = above;
    } else if (is_below || in_cell || (above == 0 && !c->is_machinery[f])) {
        uint32_t lines = in_cell ? c->cells[c->cell_of[f] - 1].above : 0;
        c->base[i] = in_cell ? base_of(c, node, above) : above;
        uint32_t function = number_of(c->tree, f);
        c->new_node[i] =
            fil_treebuilder_child(c->builder, c->base[i], function, node->line + lines);
        c->owner[i] = c->new_node[i];
    } else {
        c->new_node[i] = UINT32_MAX;
        bool holds = node->self > 0 || (c->tree->end && c->tree->end[i].self > 0);
        c->owner[i] =
            holds ? fil_treebuilder_child(c->builder, 0, c->tree->first_import + OURS_OUTSIDE, 0)
                  : 0;
    }
    add_own(c, i, c->owner[i]);
}

/* The parts of one moment, which the arena holds. */
static struct fil_snapshot_part *cut_parts(const struct cutting *c,
                                           const struct fil_snapshot_part *from, uint32_t count,
                                           struct fil_arena *arena) {
    struct fil_snapshot_part *parts = fil_arena_get(arena, (size_t)count * sizeof *parts);
    for (uint32_t i = 0; parts && i < count; i++) {
        parts[i] = from[i];
        if (c->new_node[parts[i].node] == UINT32_MAX) parts[i].thread = 0;
    }
    return parts;
}

/* Each stack begins at its cell, without the shell's frames inside it. What IPython and the kernel
 * hold themselves is one node, whose thread doesn't matter; what IPython's events call after the
 * cell hangs below another; other threads' stacks stay. */
static struct fil_tree *cut_to_cells(struct cutting *c, struct fil_arena *arena) {
    const struct fil_tree *tree = c->tree;
    if (!prepare(c, arena)) return NULL;
    add_own(c, 0, 0);
    for (uint32_t i = 1; i < tree->count; i++) cut_node(c, i);
    struct fil_snapshot_part *parts = cut_parts(c, tree->parts, tree->part_count, arena);
    struct fil_snapshot_part *end_parts =
        cut_parts(c, tree->end_parts, tree->end_part_count, arena);
    if (c->failed || !parts || !end_parts) return NULL;
    const struct fil_snapshot rest = {
        .parts = parts,
        .part_count = tree->part_count,
        .files = tree->files,
        .file_count = tree->file_count,
        .end = {tree->end, false, 0, end_parts, tree->end_part_count},
    };
    struct fil_tree *result = fil_treebuilder_finish(c->builder, &rest, c->owner);
    if (result) result->first_import = c->first_import;
    return result;
}

/* The text of a cell that nodes name, and the lines that they name: it stands in no file. */
static bool add_lines(struct fil_report *report, const struct fil_tree *tree,
                      const struct fil_cell *cell, struct fil_arena *arena) {
    uint32_t last = 0, count = 0;
    uint32_t *lines = fil_arena_get(arena, (size_t)tree->count * sizeof *lines);
    for (uint32_t i = 1; lines && i < tree->count; i++) {
        if (strcmp(tree->functions[tree->nodes[i].function].file, cell->name) != 0) continue;
        lines[count++] = tree->nodes[i].line;
        if (tree->nodes[i].line > last) last = tree->nodes[i].line;
    }
    uint8_t *wanted = lines ? fil_arena_get(arena, last / 8 + 1) : NULL;
    for (uint32_t i = 0; wanted && i < count; i++)
        wanted[lines[i] / 8] |= (uint8_t)(1 << lines[i] % 8);
    if (wanted && count && !report->no_source) {
        size_t size = strlen(cell->source);
        fil_report_take_lines(report, cell->name, wanted, last, cell->source, size);
        fil_passages_take(report, cell->name, cell->source, size);
    }
    return wanted;
}

/* How many nodes name a line of a cell; more than one may have a name, as the parts of a cell. */
static uint32_t count_lines(const struct fil_tree *tree, const struct cutting *c) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        for (uint32_t node = 1; node < tree->count; node++)
            count +=
                strcmp(tree->functions[tree->nodes[node].function].file, c->cells[i].name) == 0;
    }
    return count;
}

static bool add_sources(struct fil_report *report, const struct fil_tree *tree,
                        const struct cutting *c, struct fil_arena *arena) {
    size_t most = (size_t)report->source_count + count_lines(tree, c);
    size_t most_passages = (size_t)report->passage_count + c->count;
    struct fil_source_line *sources = fil_arena_get(arena, most * sizeof *sources);
    struct fil_passage *passages = fil_arena_get(arena, most_passages * sizeof *passages);
    if (!sources || !passages) return false;
    if (report->source_count)
        memcpy(sources, report->sources, report->source_count * sizeof *sources);
    if (report->passage_count)
        memcpy(passages, report->passages, report->passage_count * sizeof *passages);
    report->sources = sources;
    report->passages = passages;
    report->arena = arena;
    for (uint32_t i = 0; i < c->count; i++) {
        if (!add_lines(report, tree, &c->cells[i], arena)) return false;
    }
    fil_report_sort_sources(report);
    return true;
}

struct fil_kept *fil_cells_apply(const struct fil_kept *kept, const struct fil_cell *cells,
                                 uint32_t count) {
    struct fil_arena *arena = fil_arena_new();
    struct cutting c = {.tree = kept->digest.tree, .cells = cells, .count = count};
    struct fil_tree *tree = arena ? cut_to_cells(&c, arena) : NULL;
    struct fil_report report = kept->report;
    report.command_count = 0;
    struct fil_kept *result =
        tree && add_sources(&report, tree, &c, arena) ? fil_kept_make(&report, tree) : NULL;
    fil_arena_free(arena);
    return result;
}
