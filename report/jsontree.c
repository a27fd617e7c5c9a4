/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the tree and its answers as JSON, in which only what is shown gets a number: functions that
 * nodes and rows name, their paths, and the packages of these. fil_jsontree_write is its entry. */
#include <string.h>

#include "jsontext.h"
#include "writers.h"

struct numbers {
    uint32_t *function, *path, *package,
        *thread; /* old number => new one; before numbering: 1 for what is shown */
};

struct writing {
    const struct fil_shown *shown;
    const struct fil_tree *tree;
    const struct fil_places *places;
    struct numbers numbers;
    struct fil_arena *scratch;
    struct fil_buffer *buffer;
};

/* ---- numbering */

static void mark_tree(struct writing *w, const struct fil_tree *tree) {
    for (uint32_t i = 1; i < tree->count; i++) w->numbers.function[tree->nodes[i].function] = 1;
}

static void mark_rows(struct writing *w, const struct fil_answer *rows) {
    for (unsigned by = FIL_BY_LINE; by <= FIL_BY_OWN; by++) {
        for (uint32_t i = 0; i < rows[by].count; i++) {
            uint32_t key = rows[by].rows[i].key;
            if (by == FIL_BY_FILE) w->numbers.path[key] = 1;
            else if (by == FIL_BY_PACKAGE) w->numbers.package[key] = 1;
            else w->numbers.function[key] = 1;
            if (by == FIL_BY_OWN) w->numbers.package[rows[by].rows[i].below] = 1;
        }
    }
}

/* Numbers what is marked in its order; the first is 0 always. */
static void number(uint32_t *marks, uint32_t count) {
    for (uint32_t i = 0, next = 0; i < count; i++) {
        if (i == 0 || marks[i]) marks[i] = next++;
        else marks[i] = UINT32_MAX;
    }
}

static bool is_shown(const uint32_t *numbers, uint32_t i) {
    return numbers[i] != UINT32_MAX;
}

static bool number_all(struct writing *w, struct fil_arena *arena) {
    const struct fil_tree *whole = w->shown->digest->tree;
    struct numbers *n = &w->numbers;
    uint32_t threads = w->shown->digest->report->snapshot->thread_count;
    n->function = fil_arena_get(arena, (size_t)whole->function_count * sizeof *n->function);
    n->path = fil_arena_get(arena, (size_t)w->places->path_count * sizeof *n->path);
    n->package = fil_arena_get(arena, (size_t)w->places->package_count * sizeof *n->package);
    n->thread = fil_arena_get(arena, (size_t)threads * sizeof *n->thread);
    if (!n->function || !n->path || !n->package || !n->thread) return false;
    mark_tree(w, w->tree);
    if (w->shown->inverted) mark_tree(w, w->shown->inverted);
    if (w->shown->end.inverted) mark_tree(w, w->shown->end.inverted);
    mark_rows(w, w->shown->rows);
    mark_rows(w, w->shown->end.rows);
    for (uint32_t f = 1; f < whole->function_count; f++) {
        if (n->function[f]) n->path[w->places->path_of[f]] = 1;
    }
    for (uint32_t p = 0; p < w->places->path_count; p++) {
        if (n->path[p]) n->package[w->places->paths[p].package] = 1;
    }
    for (uint32_t i = 0; i < whole->part_count; i++) n->thread[whole->parts[i].thread] = 1;
    for (uint32_t i = 0; i < whole->end_part_count; i++) n->thread[whole->end_parts[i].thread] = 1;
    number(n->function, whole->function_count);
    number(n->path, w->places->path_count);
    number(n->package, w->places->package_count);
    number(n->thread, threads);
    return true;
}

/* ---- places */

static void add_packages(struct writing *w) {
    fil_buffer_text(w->buffer, ",\n\"packages\": [");
    for (uint32_t i = 0; i < w->places->package_count; i++) {
        const struct fil_package *package = &w->places->packages[i];
        if (!is_shown(w->numbers.package, i)) continue;
        fil_buffer_text(w->buffer, i ? ", [" : "[");
        fil_jsontext_string(w->buffer, w->scratch, NULL, package->name, ", \"");
        fil_buffer_text(w->buffer, fil_code_names[package->code]);
        fil_buffer_text(w->buffer, "\"]");
    }
    fil_buffer_text(w->buffer, "],\n\"paths\": [");
    for (uint32_t i = 0; i < w->places->path_count; i++) {
        const struct fil_path *path = &w->places->paths[i];
        if (!is_shown(w->numbers.path, i)) continue;
        fil_buffer_text(w->buffer, i ? ",\n [" : "[");
        fil_jsontext_string(w->buffer, w->scratch, NULL, path->file, ", ");
        fil_buffer_number(w->buffer, w->numbers.package[path->package]);
        fil_buffer_text(w->buffer, "]");
    }
}

static void add_functions(struct writing *w) {
    const struct fil_tree *whole = w->shown->digest->tree;
    fil_buffer_text(w->buffer, "],\n\"functions\": [[\"\", 0, 0]");
    for (uint32_t f = 1; f < whole->function_count; f++) {
        if (!is_shown(w->numbers.function, f)) continue;
        fil_buffer_text(w->buffer, ",\n [");
        fil_jsontext_string(w->buffer, w->scratch, NULL, whole->functions[f].name, ", ");
        fil_buffer_number(w->buffer, w->numbers.path[w->places->path_of[f]]);
        fil_buffer_text(w->buffer, ", ");
        fil_buffer_number(w->buffer, whole->functions[f].first_line);
        fil_buffer_text(w->buffer, "]");
    }
    fil_buffer_text(w->buffer, "]");
}

/* ---- nodes, parts, answers */

static void add_nodes(struct writing *w, const char *name, const struct fil_tree *tree) {
    unsigned fields = tree->old ? 9 : w->shown->cut_nodes ? 8 : 5;
    fil_buffer_format(w->buffer, ",\n\"%s\": [", name);
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct fil_tree_node *n = &tree->nodes[i];
        const struct fil_tree_old old = tree->old ? tree->old[i] : (struct fil_tree_old){0, 0};
        const int64_t numbers[] = {n->parent,
                                   i ? w->numbers.function[n->function] : 0,
                                   n->line & ~FIL_LINE_GONE,
                                   n->self,
                                   n->allocations,
                                   n->total,
                                   tree->left_out ? tree->left_out[i] : 0,
                                   tree->old ? old.self : n->untouched,
                                   old.total};
        if (i) fil_buffer_text(w->buffer, ",\n ");
        fil_buffer_numbers(w->buffer, numbers, fields);
    }
    fil_buffer_text(w->buffer, "]");
}

static void add_threads(struct writing *w) {
    const struct fil_snapshot *s = w->shown->digest->report->snapshot;
    fil_buffer_text(w->buffer, ",\n\"threads\": [");
    for (uint32_t i = 0; i < s->thread_count; i++) {
        if (!is_shown(w->numbers.thread, i)) continue;
        if (i) fil_buffer_text(w->buffer, ", ");
        fil_jsontext_string(w->buffer, w->scratch, NULL, s->threads[i], "");
    }
}

static void add_parts(struct writing *w, const struct fil_snapshot_part *parts, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const struct fil_snapshot_part *p = &parts[i];
        if (i) fil_buffer_text(w->buffer, ",\n ");
        fil_buffer_numbers(
            w->buffer,
            (int64_t[]){p->node, w->numbers.thread[p->thread], p->kind, p->bytes, p->untouched}, 5);
    }
    fil_buffer_text(w->buffer, "]");
}

static void add_kinds_and_parts(struct writing *w) {
    static const char *const kinds[FIL_KINDS] = FIL_KIND_NAMES;
    fil_buffer_text(w->buffer, "],\n\"kinds\": [");
    for (int i = 0; i < FIL_KINDS; i++)
        fil_buffer_format(w->buffer, i ? ", \"%s\"" : "\"%s\"", kinds[i]);
    fil_buffer_text(w->buffer, "],\n\"parts\": [");
    add_parts(w, w->tree->parts, w->tree->part_count);
}

static void add_files(struct writing *w) {
    fil_buffer_text(w->buffer, ",\n\"files\": [");
    for (uint32_t i = 0; i < w->tree->file_count; i++) {
        const struct fil_snapshot_file *file = &w->tree->files[i];
        fil_buffer_text(w->buffer, i ? ",\n {" : "{");
        fil_jsontext_string(w->buffer, w->scratch, "path", file->path, ", ");
        fil_buffer_format(
            w->buffer, "\"node\": %u, \"mapped_bytes\": %lld, \"resident_bytes\": %lld%s}",
            file->node, (long long)file->mapped_bytes, (long long)file->resident_bytes,
            file->at_most ? ", \"moment\": \"resident\"" : "");
    }
    fil_buffer_text(w->buffer, "]");
}

static uint32_t number_of_key(const struct writing *w, enum fil_by by, uint32_t key) {
    switch (by) {
    case FIL_BY_FILE: return w->numbers.path[key];
    case FIL_BY_PACKAGE: return w->numbers.package[key];
    case FIL_BY_THREAD: return w->numbers.thread[key];
    case FIL_BY_KIND: return key;
    default: return w->numbers.function[key];
    }
}

static void add_row(struct writing *w, enum fil_by by, const struct fil_row *row) {
    bool has_line = by <= FIL_BY_FUNCTION || by == FIL_BY_OWN;
    int64_t numbers[] = {number_of_key(w, by, row->key),
                         has_line ? row->line & ~FIL_LINE_GONE : 0,
                         row->self,
                         row->total,
                         (int64_t)row->allocations,
                         row->untouched,
                         w->tree->old ? row->old_self : row->total_untouched,
                         row->old_total,
                         0};
    unsigned count = w->tree->old ? 8 : w->shown->cut_nodes ? 7 : 6;
    if (by == FIL_BY_OWN) numbers[count++] = w->numbers.package[row->below];
    fil_buffer_numbers(w->buffer, numbers, count);
}

/* `all`: the whole answer, `rows` what is shown of it. */
static void add_answer(struct writing *w, enum fil_by by, const struct fil_answer *all,
                       const struct fil_answer *rows) {
    int64_t left = 0;
    for (uint32_t i = 0; i < all->count; i++) left += all->rows[i].self;
    fil_buffer_format(w->buffer, "%s\n \"%s\": {\"rows\": [", by ? "," : "", fil_by_names[by]);
    for (uint32_t i = 0; i < rows->count; i++) {
        if (i) fil_buffer_text(w->buffer, ",\n  ");
        add_row(w, by, &rows->rows[i]);
        left -= rows->rows[i].self;
    }
    fil_buffer_format(w->buffer, "], \"left_out\": {\"rows\": %u, \"self\": %lld}}",
                      all->count - rows->count, (long long)left);
}

static void add_answers(struct writing *w, const struct fil_answers *answers,
                        const struct fil_answer *rows) {
    fil_buffer_text(w->buffer, ",\n\"answers\": {");
    for (unsigned by = 0; by < FIL_BYS; by++)
        add_answer(w, (enum fil_by)by, &answers->by[by], &rows[by]);
    fil_buffer_text(w->buffer, "}");
}

/* Of each node what is different at the end; where the tree is cut, its total, too, and what was
 * never touched. */
static void add_end_nodes(struct writing *w) {
    bool is_cut = w->shown->cut_nodes, some = false;
    fil_buffer_text(w->buffer, "\"nodes\": [");
    for (uint32_t i = 0; i < w->tree->count; i++) {
        const struct fil_tree_end *end = &w->tree->end[i];
        const struct fil_tree_node *node = &w->tree->nodes[i];
        bool is_as_whole = end->total == node->total && end->untouched == node->untouched;
        if (end->self == node->self && (!is_cut || is_as_whole)) continue;
        if (some) fil_buffer_text(w->buffer, ",\n ");
        const int64_t numbers[] = {i, end->self, end->total, end->untouched};
        fil_buffer_numbers(w->buffer, numbers, is_cut ? 4 : 2);
        some = true;
    }
    fil_buffer_text(w->buffer, "]");
}

static void add_end(struct writing *w) {
    const struct fil_digest *end = w->shown->digest->end;
    if (!end) return;
    fil_buffer_format(w->buffer, ",\n\"end\": {\"bytes\": %lld,%s\n",
                      (long long)end->report->snapshot->peak_bytes,
                      end->report->snapshot->end.is_now ? " \"now\": true," : "");
    add_end_nodes(w);
    if (w->shown->end.inverted) add_nodes(w, "inverted", w->shown->end.inverted);
    fil_buffer_text(w->buffer, ",\n\"parts\": [");
    add_parts(w, w->tree->end_parts, w->tree->end_part_count);
    add_answers(w, end->answers, w->shown->end.rows);
    fil_buffer_text(w->buffer, "}");
}

bool fil_jsontree_write(const struct fil_shown *shown, struct fil_arena *arena,
                        struct fil_arena *scratch, struct fil_buffer *buffer) {
    struct writing w = {.shown = shown,
                        .tree = shown->tree,
                        .places = shown->digest->answers->places,
                        .scratch = scratch,
                        .buffer = buffer};
    if (!number_all(&w, arena)) return false;
    if (shown->cut_nodes)
        fil_buffer_format(buffer, ",\n\"cut\": {\"nodes\": %u, \"below\": %lld}", shown->cut_nodes,
                          (long long)shown->cut_below);
    add_packages(&w);
    add_functions(&w);
    add_nodes(&w, "nodes", shown->tree);
    if (shown->inverted) add_nodes(&w, "inverted", shown->inverted);
    add_threads(&w);
    add_kinds_and_parts(&w);
    add_files(&w);
    add_answers(&w, shown->digest->answers, shown->rows);
    add_end(&w);
    return true;
}
