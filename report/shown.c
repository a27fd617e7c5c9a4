/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what a JSON shows of a digest, and how it is cut until it fits. fil_shown_cut is its main
 * entry. */
#include "shown.h"

#include "imports.h"
#include "passages.h"
#include "sources.h"

/* Of the peak: what is smaller isn't in the inverted tree of a cut profile. */
#define SMALLEST_INVERTED 0.0005
#define MOST_LEVELS 400u
#define PAGE_PERIODS 512u

void fil_shown_whole(struct fil_shown *shown, const struct fil_digest *digest) {
    *shown = (struct fil_shown){
        .digest = digest,
        .tree = digest->tree,
        .sources = digest->report->sources,
        .source_count = digest->report->source_count,
        .passages = digest->report->passages,
        .passage_count = digest->report->passage_count,
        .periods = FIL_SNAPSHOT_MOST_PERIODS,
    };
    for (unsigned by = 0; by < FIL_BYS; by++) {
        shown->rows[by] = digest->answers->by[by];
        if (digest->end) shown->end.rows[by] = digest->end->answers->by[by];
    }
}

static int64_t size_of(const struct fil_row *row) {
    return row->total > row->old_total ? row->total : row->old_total;
}

/* The size that so many others are at least as large as: quickselect, which reorders them. */
static int64_t ranked(int64_t *sizes, uint32_t count, uint32_t rank) {
    int64_t low = 0, high = (int64_t)count - 1;
    while (low < high) {
        int64_t pivot = sizes[low + (high - low) / 2], i = low, j = high;
        while (i <= j) {
            while (sizes[i] > pivot) i++;
            while (sizes[j] < pivot) j--;
            if (i > j) break;
            int64_t held = sizes[i];
            sizes[i++] = sizes[j];
            sizes[j--] = held;
        }
        if (rank <= j) high = j;
        else if (rank >= i) low = i;
        else break;
    }
    return sizes[rank];
}

/* The rows with the largest totals, in their order. Of equal ones all or none may stay. */
static bool cut_rows(struct fil_answer *rows, const struct fil_answer *all, uint32_t most,
                     struct fil_arena *arena) {
    *rows = *all;
    if (all->count <= most) return true;
    int64_t *sizes = fil_arena_get(arena, (size_t)all->count * sizeof *sizes);
    rows->rows = fil_arena_get(arena, (size_t)most * sizeof *rows->rows);
    rows->count = 0;
    if (!sizes || !rows->rows) return false;
    for (uint32_t i = 0; i < all->count; i++) sizes[i] = size_of(&all->rows[i]);
    int64_t too_many = ranked(sizes, all->count, most);
    for (uint32_t i = 0; i < all->count; i++) {
        if (size_of(&all->rows[i]) > too_many) rows->rows[rows->count++] = all->rows[i];
    }
    for (uint32_t i = 0; i < all->count && rows->count < most; i++) {
        if (size_of(&all->rows[i]) == too_many) rows->rows[rows->count++] = all->rows[i];
    }
    return true;
}

/* Marks the line's source among those of its file: `from` to `to`, in the order of their numbers.
 */
static void mark_source(const struct fil_report *report, uint32_t from, uint32_t to, uint32_t line,
                        uint8_t *needed) {
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (report->sources[middle].line == line) needed[from = to = middle] = 1;
        else if (report->sources[middle].line < line) from = middle + 1;
        else to = middle;
    }
}

/* Where each file's sources begin and end among the report's. */
struct places_of_sources {
    uint32_t *from, *to;
};

static void mark_rows(const struct fil_shown *shown, const struct fil_answer *lines,
                      struct places_of_sources at, uint8_t *needed) {
    const struct fil_places *places = shown->digest->answers->places;
    for (uint32_t i = 0; i < lines->count; i++) {
        uint32_t path = places->path_of[lines->rows[i].function];
        mark_source(shown->digest->report, at.from[path], at.to[path], lines->rows[i].line, needed);
    }
}

/* Only the sources of lines that have a row. Files are looked up once each: their names are long.
 */
static bool cut_sources(struct fil_shown *shown, struct fil_arena *arena) {
    const struct fil_report *report = shown->digest->report;
    const struct fil_places *places = shown->digest->answers->places;
    uint8_t *needed = fil_arena_get(arena, report->source_count);
    struct fil_source_line *sources =
        fil_arena_get(arena, (size_t)report->source_count * sizeof *sources);
    uint32_t *from = fil_arena_get(arena, (size_t)places->path_count * sizeof *from);
    uint32_t *to = fil_arena_get(arena, (size_t)places->path_count * sizeof *to);
    if (!needed || !sources || !from || !to) return false;
    for (uint32_t p = 1; p < places->path_count; p++) {
        from[p] = fil_report_source_position(report, places->paths[p].file, 0);
        to[p] = fil_report_source_position(report, places->paths[p].file, UINT32_MAX);
    }
    for (unsigned by = FIL_BY_LINE; by <= FIL_BY_OWN; by += FIL_BY_OWN - FIL_BY_LINE) {
        mark_rows(shown, &shown->rows[by], (struct places_of_sources){from, to}, needed);
        mark_rows(shown, &shown->end.rows[by], (struct places_of_sources){from, to}, needed);
    }
    shown->source_count = 0;
    shown->sources = sources;
    for (uint32_t i = 0; i < report->source_count; i++) {
        if (needed[i]) sources[shown->source_count++] = report->sources[i];
    }
    return true;
}

/* From the allocation outwards, of the whole tree at one moment, with what people read. */
static const struct fil_tree *inverted_of(const struct fil_digest *digest, double smallest,
                                          struct fil_arena *arena) {
    struct fil_arena *scratch = fil_arena_new();
    const struct fil_tree *tree = scratch ? fil_digest_in_use(digest, digest->tree, scratch) : NULL;
    const struct fil_tree *closed = tree ? fil_imports_closed(tree, scratch) : NULL;
    int64_t bytes = closed ? (int64_t)((double)closed->nodes[0].total * smallest) : 0;
    const struct fil_tree *inverted =
        closed ? fil_tree_reversed(closed, bytes, MOST_LEVELS, arena) : NULL;
    fil_arena_free(scratch);
    return inverted;
}

static bool cut_tree(struct fil_shown *shown, uint32_t most, struct fil_arena *arena) {
    const struct fil_tree *whole = shown->digest->tree;
    if (whole->count <= most) {
        if (whole->file_count > FIL_TREE_MOST_FILES)
            shown->tree = fil_tree_at_least(whole, 0, arena); /* all, but for files */
        return shown->tree;
    }
    whole = fil_digest_in_use(shown->digest, whole, arena);
    if (!whole) return false;
    double smallest = SMALLEST_INVERTED;
    for (uint32_t room = most; room < 4000 && smallest < 0.5; room *= 2) smallest *= 2;
    shown->cut_below = fil_tree_threshold(whole, most);
    shown->tree = fil_tree_at_least(whole, shown->cut_below, arena);
    if (!shown->tree) return false;
    shown->cut_nodes = whole->count - shown->tree->count;
    if (whole->old) return true; /* a difference is drawn from the program on */
    shown->inverted = inverted_of(shown->digest, smallest, arena);
    if (!shown->digest->end) return shown->inverted;
    shown->end.inverted = inverted_of(shown->digest->end, smallest, arena);
    return shown->inverted && shown->end.inverted;
}

static bool cut_texts(struct fil_shown *shown, enum fil_texts texts, struct fil_arena *arena) {
    if (texts == FIL_TEXTS_NONE) shown->passage_count = 0;
    if (texts != FIL_TEXTS_NEAR) return true;
    shown->passages = fil_passages_near(shown->digest->report, arena, &shown->passage_count);
    return shown->passages;
}

bool fil_shown_cut(struct fil_shown *shown, const struct fil_digest *digest, struct fil_most most,
                   struct fil_arena *arena) {
    uint32_t rows = most.rows;
    fil_shown_whole(shown, digest);
    shown->periods = PAGE_PERIODS;
    for (unsigned by = 0; by < FIL_BYS; by++) {
        if (!cut_rows(&shown->rows[by], &digest->answers->by[by], rows, arena)) return false;
        if (digest->end &&
            !cut_rows(&shown->end.rows[by], &digest->end->answers->by[by], rows, arena))
            return false;
    }
    return cut_tree(shown, most.nodes, arena) && cut_sources(shown, arena) &&
           cut_texts(shown, most.texts, arena);
}
