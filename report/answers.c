/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the answers about places: what each line, function, file or package holds. fil_answers_of is
 * its main entry.
 *
 * One walk over the tree, depth first, answers all questions about places: on the way down a key's
 * total grows at its outermost node, which is where it isn't on the path already. */
#include "answers.h"

#include <string.h>

#include "facts.h"
#include "imports.h"
#include "order.h"
#include "ownlines.h"

const char *const fil_by_names[FIL_BYS] = {"line",   "function", "file",   "package",
                                           "import", "own",      "thread", "kind"};

bool fil_by_of(const char *name, enum fil_by *by) {
    for (unsigned i = 0; i < FIL_BYS; i++) {
        if (strcmp(name, fil_by_names[i]) != 0) continue;
        *by = (enum fil_by)i;
        return true;
    }
    return false;
}

const char *fil_answers_name(const struct fil_answers *answers, const struct fil_tree *tree,
                             const struct fil_report *report, enum fil_by by, uint32_t key) {
    static const char *const kinds[FIL_KINDS] = FIL_KIND_NAMES;
    switch (by) {
    case FIL_BY_FILE: return answers->places->paths[key].file;
    case FIL_BY_PACKAGE: return answers->places->packages[key].name;
    case FIL_BY_IMPORT: return tree->functions[key].name;
    case FIL_BY_THREAD: return report->snapshot->threads[key];
    case FIL_BY_KIND: return kinds[key];
    default: return "";
    }
}

/* Line, function, file and package are answered in one way. */
#define PLACES (FIL_BY_PACKAGE + 1u)

struct asking {
    const struct fil_report *report;
    const struct fil_tree *tree;
    const struct fil_places *places;
    struct fil_answers *answers;
    struct fil_arena *scratch;
    uint32_t *child, *sibling; /* by node: its first child, and its parent's next one */
    uint32_t *line_of;         /* by node: its row by line */
    int64_t *untouched;        /* by node: of its self bytes */
    uint8_t *outermost;        /* by node: a bit for each place whose total grew there */
    bool *inside[PLACES];      /* by row: whether its key is on the path */
    uint32_t imports;          /* import nodes on the path */
    uint32_t import;           /* the outermost one's row */
};

/* ---- what is needed of the tree */

static bool link_children(struct asking *a) {
    const struct fil_tree *tree = a->tree;
    a->child = fil_arena_get(a->scratch, (size_t)tree->count * sizeof *a->child);
    a->sibling = fil_arena_get(a->scratch, (size_t)tree->count * sizeof *a->sibling);
    a->untouched = fil_arena_get(a->scratch, (size_t)tree->count * sizeof *a->untouched);
    a->outermost = fil_arena_get(a->scratch, tree->count);
    if (!a->child || !a->sibling || !a->untouched || !a->outermost) return false;
    for (uint32_t i = tree->count; i-- > 1;) {
        uint32_t parent = tree->nodes[i].parent;
        a->sibling[i] = a->child[parent];
        a->child[parent] = i;
        a->untouched[i] += tree->nodes[i].untouched;
        a->untouched[parent] -= tree->nodes[i].untouched;
    }
    a->untouched[0] += tree->nodes[0].untouched;
    return true;
}

/* Numbers the lines, by a table of hash => node + 1. Row 0 is that of memory without a Python
 * stack. 0 without memory. */
static uint32_t number_lines(struct asking *a) {
    const struct fil_tree *tree = a->tree;
    uint32_t capacity = 16, count = 1;
    while (capacity < (uint64_t)tree->count * 2) capacity *= 2;
    uint32_t *table = fil_arena_get(a->scratch, (size_t)capacity * sizeof *table);
    a->line_of = fil_arena_get(a->scratch, (size_t)tree->count * sizeof *a->line_of);
    if (!table || !a->line_of) return 0;
    for (uint32_t i = 1; i < tree->count; i++) {
        const struct fil_tree_node *node = &tree->nodes[i];
        if (fil_imports_is_node(tree, i)) continue;
        uint64_t h = (((uint64_t)node->function << 32) | node->line) * 0x9E3779B97F4A7C15u;
        for (uint32_t at = (uint32_t)(h >> 32); !a->line_of[i]; at++) {
            uint32_t *bucket = &table[at & (capacity - 1)];
            const struct fil_tree_node *known = *bucket ? &tree->nodes[*bucket - 1] : NULL;
            if (known && (known->function != node->function || known->line != node->line)) continue;
            a->line_of[i] = known ? a->line_of[*bucket - 1] : count++;
            if (!known) *bucket = i + 1;
        }
    }
    return count;
}

static void describe_lines(struct asking *a) {
    struct fil_row *rows = a->answers->by[FIL_BY_LINE].rows;
    for (uint32_t i = 1; i < a->tree->count; i++) {
        const struct fil_tree_node *node = &a->tree->nodes[i];
        struct fil_row *row = &rows[a->line_of[i]];
        if (fil_imports_is_node(a->tree, i)) continue;
        row->key = row->function = node->function;
        row->line = node->line;
    }
}

static bool make_rows(struct asking *a, uint32_t lines) {
    const uint32_t counts[FIL_BYS] = {
        [FIL_BY_LINE] = lines,
        [FIL_BY_FUNCTION] = a->tree->function_count,
        [FIL_BY_FILE] = a->places->path_count,
        [FIL_BY_PACKAGE] = a->places->package_count,
        [FIL_BY_IMPORT] = a->tree->function_count - a->tree->first_import,
        [FIL_BY_THREAD] = a->report->snapshot->thread_count,
        [FIL_BY_KIND] = FIL_KINDS,
    };
    for (unsigned by = 0; by < FIL_BYS; by++) {
        struct fil_answer *answer = &a->answers->by[by];
        if (by == FIL_BY_OWN) continue;
        answer->count = counts[by];
        answer->rows = fil_arena_get(a->scratch, (size_t)counts[by] * sizeof *answer->rows);
        if (!answer->rows) return false;
        for (uint32_t i = 0; by && i < counts[by]; i++)
            answer->rows[i].key = i + (by == FIL_BY_IMPORT ? a->tree->first_import : 0);
    }
    for (unsigned by = 0; by < PLACES; by++) {
        a->inside[by] = fil_arena_get(a->scratch, (size_t)counts[by] * sizeof *a->inside[by]);
        if (!a->inside[by]) return false;
    }
    return true;
}

/* ---- the walk */

static void rows_of(const struct fil_places *places, uint32_t line, uint32_t function,
                    uint32_t rows[PLACES]) {
    uint32_t path = places->path_of[function];
    rows[FIL_BY_LINE] = line;
    rows[FIL_BY_FUNCTION] = function;
    rows[FIL_BY_FILE] = path;
    rows[FIL_BY_PACKAGE] = places->paths[path].package;
}

static int64_t old_own(const struct fil_tree *tree, uint32_t node) {
    return tree->old ? tree->old[node].self : 0;
}

static int64_t old_total(const struct fil_tree *tree, uint32_t node) {
    return tree->old ? tree->old[node].total : 0;
}

static void hold(struct fil_row *row, const struct asking *a, uint32_t node) {
    row->self += a->tree->nodes[node].self;
    row->old_self += old_own(a->tree, node);
    row->untouched += a->untouched[node];
    row->allocations += a->tree->nodes[node].allocations;
}

static void enter_import(struct asking *a, uint32_t node) {
    const struct fil_tree *tree = a->tree;
    if (fil_imports_is_node(tree, node) && a->imports++ == 0) {
        a->import = tree->nodes[node].function - tree->first_import;
        struct fil_row *row = &a->answers->by[FIL_BY_IMPORT].rows[a->import];
        row->total += tree->nodes[node].total;
        row->total_untouched += tree->nodes[node].untouched;
        row->old_total += old_total(tree, node);
    }
    if (a->imports) hold(&a->answers->by[FIL_BY_IMPORT].rows[a->import], a, node);
}

static void enter(struct asking *a, uint32_t node) {
    uint32_t rows[PLACES];
    hold(&a->answers->by[FIL_BY_LINE].rows[a->line_of[fil_imports_holder(a->tree, node)]], a, node);
    enter_import(a, node);
    if (fil_imports_is_node(a->tree, node)) return;
    rows_of(a->places, a->line_of[node], a->tree->nodes[node].function, rows);
    for (unsigned by = 0; by < PLACES; by++) {
        bool *inside = &a->inside[by][rows[by]];
        if (*inside) continue;
        *inside = true;
        a->outermost[node] |= (uint8_t)(1 << by);
        struct fil_row *row = &a->answers->by[by].rows[rows[by]];
        row->total += a->tree->nodes[node].total;
        row->total_untouched += a->tree->nodes[node].untouched;
        row->old_total += old_total(a->tree, node);
    }
}

static void leave(struct asking *a, uint32_t node) {
    uint32_t rows[PLACES];
    if (fil_imports_is_node(a->tree, node)) {
        a->imports--;
        return;
    }
    rows_of(a->places, a->line_of[node], a->tree->nodes[node].function, rows);
    for (unsigned by = 0; by < PLACES; by++) {
        if (a->outermost[node] & 1 << by) a->inside[by][rows[by]] = false;
    }
}

/* Each node is entered and left once, without a stack: its parent leads back. */
static void walk(struct asking *a) {
    uint32_t node = a->child[0];
    while (node) {
        enter(a, node);
        if (a->child[node]) {
            node = a->child[node];
            continue;
        }
        leave(a, node);
        while (!a->sibling[node] && (node = a->tree->nodes[node].parent)) leave(a, node);
        node = node ? a->sibling[node] : 0;
    }
}

/* Memory without a Python stack: row 0 of each. */
static void add_stackless(struct asking *a) {
    const struct fil_tree *tree = a->tree;
    hold(&a->answers->by[FIL_BY_LINE].rows[0], a, 0);
    for (unsigned by = 0; by < PLACES; by++) {
        struct fil_row *row = &a->answers->by[by].rows[0];
        row->total += tree->nodes[0].self;
        row->total_untouched += a->untouched[0];
        row->old_total += old_own(tree, 0);
    }
}

/* What functions, files and packages hold by themselves is what their lines hold; and the line of
 * them that holds the most. `most`: by row, what that is and one more; 0: no line was seen yet. */
static void add_up_lines(struct asking *a, int64_t **most) {
    const struct fil_answer *lines = &a->answers->by[FIL_BY_LINE];
    for (uint32_t i = 0; i < lines->count; i++) {
        const struct fil_row *line = &lines->rows[i];
        int64_t in_use = fil_answers_held(a->answers, line) + line->old_self;
        int64_t held = (in_use > 0 ? in_use : 0) + 1;
        uint32_t rows[PLACES];
        rows_of(a->places, i, line->function, rows);
        for (unsigned by = FIL_BY_FUNCTION; by < PLACES; by++) {
            struct fil_row *row = &a->answers->by[by].rows[rows[by]];
            row->self += line->self;
            row->old_self += line->old_self;
            row->untouched += line->untouched;
            row->allocations += line->allocations;
            if (held <= most[by][rows[by]]) continue;
            most[by][rows[by]] = held;
            row->function = line->function;
            row->line = line->line;
        }
    }
}

/* Threads and kinds: what no part names is the first's. */
static void add_parts(struct asking *a) {
    const struct fil_tree *tree = a->tree;
    for (unsigned by = FIL_BY_THREAD; by <= FIL_BY_KIND; by++) {
        struct fil_row *rows = a->answers->by[by].rows;
        int64_t left = a->report->snapshot->peak_bytes;
        for (uint32_t i = 0; i < tree->part_count; i++) {
            const struct fil_snapshot_part *part = &tree->parts[i];
            uint32_t row = by == FIL_BY_THREAD ? part->thread : part->kind;
            rows[row].untouched += part->untouched;
            if (!row) continue;
            rows[row].self += part->bytes;
            left -= part->bytes;
        }
        rows[0].self = left > 0 ? left : 0;
        for (uint32_t i = 0; i < a->answers->by[by].count; i++) {
            rows[i].total = rows[i].self;
            rows[i].total_untouched = rows[i].untouched;
        }
    }
}

/* ---- their order */

struct ranking {
    const struct fil_row *rows;
    const struct fil_answers *answers;
};

static int64_t change_of(uint32_t row, const void *context) {
    const struct ranking *ranking = context;
    int64_t change = ranking->rows[row].self - ranking->rows[row].old_self;
    return change < 0 ? -change : change;
}

static int64_t held_of(uint32_t row, const void *context) {
    const struct ranking *ranking = context;
    return fil_answers_held(ranking->answers, &ranking->rows[row]);
}

static int64_t self_of(uint32_t row, const void *context) {
    return ((const struct ranking *)context)->rows[row].self;
}

static int64_t total_of(uint32_t row, const void *context) {
    return ((const struct ranking *)context)->rows[row].total;
}

/* A difference's rows stand by their change first. */
static fil_key_of *const keys[] = {change_of, held_of, self_of, total_of};

/* Takes the rows out of the scratch arena, in their order. */
static bool keep_rows(const struct asking *a, struct fil_answer *answer, struct fil_arena *arena) {
    const struct ranking ranking = {answer->rows, a->answers};
    unsigned first = a->tree->old ? 0 : 1;
    const uint32_t *order = fil_order(answer->count, keys + first, 4 - first, &ranking, a->scratch);
    struct fil_row *rows = fil_arena_get(arena, answer->count * sizeof *rows);
    if (!order || !rows) return false;
    for (uint32_t i = 0; i < answer->count; i++) rows[i] = answer->rows[order[i]];
    answer->rows = rows;
    return true;
}

/* Rows that hold nothing, and never did, are none; but each kind has one, and the main thread. */
static void drop_empty(struct fil_answer *answer, enum fil_by by) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < answer->count; i++) {
        const struct fil_row *row = &answer->rows[i];
        bool stays = by == FIL_BY_KIND || (by == FIL_BY_THREAD && row->key == 0);
        if (stays || row->self || row->total || row->old_self || row->old_total)
            answer->rows[count++] = *row;
    }
    answer->count = count;
}

static bool ask(struct asking *a, struct fil_arena *arena) {
    uint32_t lines = link_children(a) ? number_lines(a) : 0;
    if (!lines || !make_rows(a, lines)) return false;
    describe_lines(a);
    walk(a);
    add_stackless(a);
    add_parts(a);
    int64_t *most[PLACES];
    for (unsigned by = FIL_BY_FUNCTION; by < PLACES; by++) {
        most[by] = fil_arena_get(a->scratch, (size_t)a->answers->by[by].count * sizeof *most[by]);
        if (!most[by]) return false;
    }
    add_up_lines(a, most);
    const struct fil_ownlines own = {
        a->tree,    a->places,    &a->answers->by[FIL_BY_LINE],
        a->line_of, a->untouched, a->answers->only_touched,
    };
    if (!fil_ownlines_answer(&own, &a->answers->by[FIL_BY_OWN], a->scratch)) return false;
    for (unsigned by = 0; by < FIL_BYS; by++) {
        drop_empty(&a->answers->by[by], (enum fil_by)by);
        if (!keep_rows(a, &a->answers->by[by], arena)) return false;
    }
    return true;
}

const struct fil_answers *fil_answers_of(const struct fil_report *report,
                                         const struct fil_tree *tree, struct fil_arena *arena) {
    struct fil_answers *answers = fil_arena_get(arena, sizeof *answers);
    struct asking a = {
        .report = report, .tree = tree, .answers = answers, .scratch = fil_arena_new()};
    a.places = answers && a.scratch ? fil_places_of(report, tree, arena) : NULL;
    if (a.places) answers->places = a.places;
    if (a.places && report->kind == FIL_REPORT_PEAK) {
        answers->only_touched = true;
        answers->says_untouched =
            fil_report_marks_untouched(tree->nodes[0].untouched, report->snapshot->peak_bytes);
    }
    bool answered = a.places && ask(&a, arena);
    fil_arena_free(a.scratch);
    return answered ? answers : NULL;
}
