/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the memory of a kept profile, from the copy of what it was made of to its last use.
 * fil_kept_make is its main entry. */
#include "kept.h"

#include <string.h>

#include "cleantree.h"
#include "writers.h"

static const char *copy_text(struct fil_arena *arena, const char *text) {
    return text ? fil_arena_copy(arena, text, strlen(text)) : NULL;
}

static void *copy_block(struct fil_arena *arena, const void *from, size_t bytes) {
    void *to = fil_arena_get(arena, bytes);
    if (to && bytes) memcpy(to, from, bytes);
    return to;
}

/* A tree whose arrays and names are the arena's. Functions that no node names lose their names. */
static struct fil_tree *copy_tree(const struct fil_report *report, const struct fil_tree *tree,
                                  struct fil_arena *arena) {
    struct fil_tree *to = copy_block(arena, tree, sizeof *to);
    struct fil_function *functions =
        fil_arena_get(arena, (size_t)tree->function_count * sizeof *functions);
    const struct fil_places *places = fil_places_of(report, tree, arena);
    if (!to || !functions || !places) return NULL;
    to->nodes = copy_block(arena, tree->nodes, (size_t)tree->count * sizeof *to->nodes);
    to->parts = copy_block(arena, tree->parts, (size_t)tree->part_count * sizeof *to->parts);
    to->files = copy_block(arena, tree->files, (size_t)tree->file_count * sizeof *to->files);
    if (tree->old) to->old = copy_block(arena, tree->old, (size_t)tree->count * sizeof *to->old);
    if (tree->end) to->end = copy_block(arena, tree->end, (size_t)tree->count * sizeof *to->end);
    to->end_parts =
        copy_block(arena, tree->end_parts, (size_t)tree->end_part_count * sizeof *to->end_parts);
    if (!to->nodes || !to->parts || !to->files || (tree->old && !to->old)) return NULL;
    if (!to->end_parts || (tree->end && !to->end)) return NULL;
    for (uint32_t p = 0; p < places->path_count; p++)
        places->paths[p].file = copy_text(arena, places->paths[p].file);
    for (uint32_t f = 0; f < tree->function_count; f++) {
        functions[f] = (struct fil_function){"", places->paths[places->path_of[f]].file,
                                             tree->functions[f].first_line};
        if (places->named[f]) functions[f].name = copy_text(arena, tree->functions[f].name);
        if (!functions[f].name || !functions[f].file) return NULL;
    }
    for (uint32_t i = 0; i < to->file_count; i++) {
        to->files[i].path = copy_text(arena, to->files[i].path);
        if (!to->files[i].path) return NULL;
    }
    to->functions = functions;
    return to;
}

static const char *const *copy_texts(struct fil_arena *arena, const char *const *texts,
                                     uint32_t count) {
    const char **to = fil_arena_get(arena, (size_t)count * sizeof *to);
    for (uint32_t i = 0; to && i < count; i++) {
        if (!(to[i] = copy_text(arena, texts[i]))) return NULL;
    }
    return to;
}

/* The parts and files are those of the tree; nodes and functions are the tree's alone. */
static bool copy_snapshot(struct fil_snapshot *to, const struct fil_snapshot *from,
                          const struct fil_tree *tree, struct fil_arena *arena) {
    *to = *from;
    to->nodes = NULL;
    to->functions = NULL;
    to->node_count = to->function_count = 0;
    to->parts = tree->parts;
    to->part_count = tree->part_count;
    to->files = tree->files;
    to->file_count = tree->file_count;
    to->end.is_known = tree->end; /* a tree that was made of one moment has no other */
    to->end.parts = tree->end_parts;
    to->end.part_count = tree->end_part_count;
    to->threads = copy_texts(arena, from->threads, from->thread_count);
    to->timeline =
        copy_block(arena, from->timeline, (size_t)from->timeline_count * sizeof *to->timeline);
    to->timeline_resident = from->timeline_resident
                                ? copy_block(arena, from->timeline_resident,
                                             (size_t)from->timeline_count * sizeof *to->timeline)
                                : NULL;
    bool is_whole = !from->timeline_resident == !to->timeline_resident;
    return to->threads && to->timeline && is_whole;
}

static bool copy_sources(struct fil_report *to, const struct fil_report *from,
                         struct fil_arena *arena) {
    to->sources = fil_arena_get(arena, (size_t)from->source_count * sizeof *to->sources);
    if (!to->sources) return false;
    const char *file = NULL, *copied = NULL;
    for (uint32_t i = 0; i < from->source_count; i++) { /* they are sorted by file */
        const struct fil_source_line *line = &from->sources[i];
        if (!file || strcmp(file, line->file) != 0) copied = copy_text(arena, file = line->file);
        to->sources[i] = (struct fil_source_line){copied, line->line, copy_text(arena, line->text)};
        if (!copied || !to->sources[i].text) return false;
    }
    return true;
}

/* They are sorted by file. */
static bool copy_passages(struct fil_report *to, const struct fil_report *from,
                          struct fil_arena *arena) {
    to->passages = fil_arena_get(arena, (size_t)from->passage_count * sizeof *to->passages);
    if (!to->passages) return false;
    const char *file = NULL, *copied = NULL;
    for (uint32_t i = 0; i < from->passage_count; i++) {
        const struct fil_passage *one = &from->passages[i];
        if (!file || strcmp(file, one->file) != 0) copied = copy_text(arena, file = one->file);
        to->passages[i] = (struct fil_passage){copied, one->line, copy_text(arena, one->text)};
        if (!copied || !to->passages[i].text) return false;
    }
    return true;
}

static bool copy_report(struct fil_report *to, const struct fil_report *from,
                        struct fil_arena *arena) {
    *to = *from;
    to->arena = NULL;
    to->command = copy_texts(arena, from->command, (uint32_t)from->command_count);
    to->python = copy_text(arena, from->python);
    to->reason.text = copy_text(arena, from->reason.text);
    to->reason.limit = copy_text(arena, from->reason.limit);
    to->reason.error = copy_text(arena, from->reason.error);
    to->own.names = copy_texts(arena, from->own.names, from->own.count);
    to->program.names = copy_texts(arena, from->program.names, from->program.count);
    to->installed.names = copy_texts(arena, from->installed.names, from->installed.count);
    to->package_dir = to->cwd = "";
    return to->command && to->python && to->own.names && to->program.names && to->installed.names &&
           copy_sources(to, from, arena) && copy_passages(to, from, arena);
}

/* The older of two: only what is known of its process. */
static bool copy_older(struct fil_report *to, const struct fil_report *older,
                       struct fil_arena *arena) {
    struct fil_report *copy = fil_arena_get(arena, sizeof *copy);
    const struct fil_report head = *older;
    struct fil_snapshot *snapshot = copy_block(arena, older->snapshot, sizeof *snapshot);
    if (!copy || !snapshot || !copy_report(copy, &head, arena)) return false;
    copy->snapshot = snapshot;
    to->older = copy;
    return true;
}

static bool fill(struct fil_kept *kept, const struct fil_report *report,
                 const struct fil_tree *tree, struct fil_arena *scratch) {
    if (!tree) tree = fil_tree_of(report, scratch);
    struct fil_tree *copy = tree ? copy_tree(report, tree, kept->arena) : NULL;
    if (!copy || !copy_report(&kept->report, report, kept->arena)) return false;
    if (report->older && !copy_older(&kept->report, report->older, kept->arena)) return false;
    if (!copy_snapshot(&kept->snapshot, report->snapshot, copy, kept->arena)) return false;
    kept->report.snapshot = &kept->snapshot;
    return fil_digest_make(&kept->digest, &kept->report, copy, kept->arena) &&
           fil_digest_complete_end(&kept->digest, kept->arena);
}

struct fil_kept *fil_kept_make(const struct fil_report *report, const struct fil_tree *tree) {
    struct fil_arena *arena = fil_arena_new(), *scratch = fil_arena_new();
    struct fil_kept *kept = arena ? fil_arena_get(arena, sizeof *kept) : NULL;
    if (kept) kept->arena = arena;
    bool filled = kept && scratch && fill(kept, report, tree, scratch);
    fil_arena_free(scratch);
    if (filled) return kept;
    fil_arena_free(arena);
    return NULL;
}

void fil_kept_free(struct fil_kept *kept) {
    if (kept) fil_arena_free(kept->arena);
}
