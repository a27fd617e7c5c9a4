/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the rule of which line of the reader's own code a stack belongs to. fil_ownlines_answer is
 * its entry. */
#include "ownlines.h"

#include "imports.h"

/* Of a node: the row that its bytes belong to, and the package that is called from there. */
struct owner {
    uint32_t row, below; /* 0: none */
    uint32_t rank;       /* 0: a library's line, 1: the program's own package's, 2: own code's */
    bool is_import;
};

/* What a row holds in one package below it. */
struct share {
    uint32_t row, below;
    int64_t bytes;
};

static const struct fil_package *package_of(const struct fil_ownlines *from, uint32_t node,
                                            uint32_t *number) {
    *number = from->places->paths[from->places->path_of[from->tree->nodes[node].function]].package;
    return &from->places->packages[*number];
}

static uint32_t rank_of(const struct fil_package *package) {
    return package->code != FIL_CODE_OWN ? 0 : package->is_program ? 1 : 2;
}

static struct owner owner_of(const struct fil_ownlines *from, uint32_t node, struct owner caller) {
    const struct fil_tree *tree = from->tree;
    if (fil_imports_is_node(tree, node)) {
        if (caller.is_import) return caller;
        uint32_t row = from->lines->count + tree->nodes[node].function - tree->first_import;
        return (struct owner){row, 0, caller.rank, true};
    }
    uint32_t number, rank = rank_of(package_of(from, node, &number));
    bool owns = rank && rank >= caller.rank;
    if (owns || !caller.row) return (struct owner){from->line_of[node], 0, rank, false};
    if (!caller.below && !caller.is_import) caller.below = number;
    return caller;
}

static void hold(const struct fil_ownlines *from, uint32_t node, struct fil_row *row) {
    const struct fil_tree *tree = from->tree;
    row->self += tree->nodes[node].self;
    row->allocations += tree->nodes[node].allocations;
    row->untouched += from->untouched[node];
    if (tree->old) row->old_self += tree->old[node].self;
}

/* The rows' sums by package of what people read, and of each row the package with the largest. */
static bool find_below(const struct fil_ownlines *from, const struct owner *owners,
                       struct fil_answer *answer, struct fil_arena *scratch) {
    const struct fil_tree *tree = from->tree;
    uint32_t capacity = 16;
    while (capacity < (uint64_t)tree->count * 2) capacity *= 2;
    struct share *shares = fil_arena_get(scratch, (size_t)capacity * sizeof *shares);
    int64_t *most = fil_arena_get(scratch, (size_t)answer->count * sizeof *most);
    if (!shares || !most) return false;
    for (uint32_t i = 1; i < tree->count; i++) {
        struct owner owner = owners[i];
        uint64_t hash = (((uint64_t)owner.row << 32) | owner.below) * 0x9E3779B97F4A7C15u;
        struct share *share;
        for (uint32_t at = (uint32_t)(hash >> 32);; at++) {
            share = &shares[at & (capacity - 1)];
            if (!share->row || (share->row == owner.row && share->below == owner.below)) break;
        }
        share->row = owner.row;
        share->below = owner.below;
        share->bytes += tree->nodes[i].self - (from->only_touched ? from->untouched[i] : 0);
        if (tree->old) share->bytes += tree->old[i].self;
        if (share->bytes + 1 <= most[owner.row]) continue;
        most[owner.row] = share->bytes + 1; /* 0: none was seen yet */
        answer->rows[owner.row].below = owner.below;
    }
    return true;
}

static void describe(const struct fil_ownlines *from, struct fil_answer *answer) {
    uint32_t lines = from->lines->count;
    for (uint32_t i = 0; i < answer->count; i++) {
        struct fil_row *row = &answer->rows[i];
        const struct fil_row *line = i < lines ? &from->lines->rows[i] : NULL;
        row->key = row->function = line ? line->key : from->tree->first_import + i - lines;
        row->line = line ? line->line : 0;
        row->total = line && row->self ? line->total : row->self;
        row->total_untouched = line && row->self ? line->total_untouched : row->untouched;
        row->old_total = line && row->old_self ? line->old_total : row->old_self;
    }
}

static bool add_rows(const struct fil_ownlines *from, struct fil_answer *answer,
                     struct fil_arena *scratch) {
    const struct fil_tree *tree = from->tree;
    struct owner *owners = fil_arena_get(scratch, (size_t)tree->count * sizeof *owners);
    if (!owners) return false;
    hold(from, 0, &answer->rows[0]);
    for (uint32_t i = 1; i < tree->count; i++) {
        owners[i] = owner_of(from, i, owners[tree->nodes[i].parent]);
        hold(from, i, &answer->rows[owners[i].row]);
    }
    return find_below(from, owners, answer, scratch);
}

bool fil_ownlines_answer(const struct fil_ownlines *from, struct fil_answer *answer,
                         struct fil_arena *arena) {
    answer->count = from->lines->count + from->tree->function_count - from->tree->first_import;
    answer->rows = fil_arena_get(arena, (size_t)answer->count * sizeof *answer->rows);
    struct fil_arena *scratch = fil_arena_new();
    bool added = answer->rows && scratch && add_rows(from, answer, scratch);
    if (added) describe(from, answer);
    fil_arena_free(scratch);
    return added;
}
