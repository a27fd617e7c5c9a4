/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reversed tree, level by level. fil_tree_reversed is its entry.
 *
 *   stacks          a>b>c 5, a>d>c 3, a>b 1
 *   level 1         [a>b>c a>d>c] 8 = c      [a>b] 1 = b        grouped by their innermost frame
 *   level 2 of c    [a>b>c] 5 = c<b          [a>d>c] 3 = c<d    grouped by the next one outwards
 *
 * A node is a run of stacks in one array; its children are made by regrouping that run in place.
 * Runs too small to be shown are never looked into, so the work is that of the nodes shown: turning
 * each stack as a whole would take a node for each frame of each stack, millions after an import of
 * pandas. */
#include "tree.h"

struct stack {
    uint32_t at; /* the frame that the run's next level is grouped by; 0: no frames left */
    uint32_t group;
    int64_t bytes, untouched;
};

/* One child in the making: the stacks of a run with equal function and line at this level. */
struct group {
    uint32_t function, line, count, next; /* `next`: where its next stack goes */
    int64_t bytes, untouched;
    uint32_t allocations;
};

struct reversal {
    const struct fil_tree *tree;
    struct stack *stacks, *regrouped; /* as long as there are stacks */
    struct group *groups;
    uint32_t *table, *stamps, mask,
        stamp; /* hash of (function, line) => group; valid where the stamp is the current one */
    struct fil_tree *result;
    uint32_t *first, *end, *level; /* of each node in the result: its run and its depth */
    uint32_t capacity;
    int64_t *untouched; /* by node of `tree`: of its self bytes */
    struct fil_arena *arena;
};

static uint32_t group_of(struct reversal *r, uint32_t function, uint32_t line, uint32_t *count) {
    uint64_t h = (((uint64_t)function << 32) ^ line) * 0x9E3779B97F4A7C15u;
    for (uint32_t i = (uint32_t)(h >> 32);; i++) {
        uint32_t bucket = i & r->mask;
        if (r->stamps[bucket] != r->stamp) {
            r->stamps[bucket] = r->stamp;
            r->table[bucket] = *count;
            r->groups[*count] = (struct group){.function = function, .line = line};
            return (*count)++;
        }
        const struct group *group = &r->groups[r->table[bucket]];
        if (group->function == function && group->line == line) return r->table[bucket];
    }
}

/* Groups the run of `parent`; how many groups there are. Stacks without frames left fall away: they
 * are the parent's own. */
static uint32_t group_run(struct reversal *r, uint32_t parent) {
    uint32_t count = 0, first = r->first[parent], end = r->end[parent], position = first;
    r->stamp++;
    for (uint32_t i = first; i < end; i++) {
        struct stack *stack = &r->stacks[i];
        if (!stack->at) {
            r->result->nodes[parent].self += stack->bytes;
            continue;
        }
        const struct fil_tree_node *node = &r->tree->nodes[stack->at];
        stack->group = group_of(r, node->function, node->line, &count);
        struct group *group = &r->groups[stack->group];
        group->count++;
        group->bytes += stack->bytes;
        group->untouched += stack->untouched;
        group->allocations += node->allocations;
    }
    for (uint32_t g = 0; g < count; g++) {
        r->groups[g].next = position;
        position += r->groups[g].count;
    }
    for (uint32_t i = first; i < end; i++) {
        struct stack stack = r->stacks[i];
        if (!stack.at) continue;
        stack.at = r->tree->nodes[stack.at].parent;
        r->regrouped[r->groups[stack.group].next++] = stack;
    }
    for (uint32_t i = first; i < position; i++) r->stacks[i] = r->regrouped[i];
    return count;
}

static bool make_room(struct reversal *r) {
    if (r->result->count < r->capacity) return true;
    uint32_t capacity = r->capacity * 2;
    struct fil_tree_node *nodes = fil_arena_get(r->arena, capacity * sizeof *nodes);
    uint32_t *first = fil_arena_get(r->arena, capacity * sizeof *first),
             *end = fil_arena_get(r->arena, capacity * sizeof *end);
    uint32_t *level = fil_arena_get(r->arena, capacity * sizeof *level);
    uint32_t *left_out = fil_arena_get(r->arena, capacity * sizeof *left_out);
    if (!nodes || !first || !end || !level || !left_out) return false;
    for (uint32_t i = 0; i < r->capacity; i++) {
        nodes[i] = r->result->nodes[i];
        first[i] = r->first[i];
        end[i] = r->end[i];
        level[i] = r->level[i];
        left_out[i] = r->result->left_out[i];
    }
    r->result->left_out = left_out;
    r->result->nodes = nodes;
    r->first = first;
    r->end = end;
    r->level = level;
    r->capacity = capacity;
    return true;
}

static bool add_children(struct reversal *r, uint32_t parent, int64_t bytes) {
    uint32_t count = group_run(r, parent);
    for (uint32_t g = 0; g < count; g++) {
        const struct group *group = &r->groups[g];
        if (!group->bytes) continue; /* none of it was touched */
        if (group->bytes < bytes) {
            r->result->left_out[parent]++;
            continue;
        }
        if (!make_room(r)) return false;
        uint32_t node = r->result->count++;
        r->result->nodes[node] =
            (struct fil_tree_node){parent, group->function, group->line,     group->allocations,
                                   0,      group->bytes,    group->untouched};
        r->first[node] = group->next - group->count;
        r->end[node] = group->next;
        r->level[node] = r->level[parent] + 1;
    }
    return true;
}

/* All stacks that hold something, or asked for it, as the root's run. */
static void take_stacks(struct reversal *r) {
    uint32_t count = 0;
    for (uint32_t i = 1; i < r->tree->count; i++) {
        const struct fil_tree_node *node = &r->tree->nodes[i];
        if (node->self || r->untouched[i])
            r->stacks[count++] = (struct stack){i, 0, node->self, r->untouched[i]};
    }
    r->end[0] = count;
}

static bool prepare(struct reversal *r, struct fil_arena *scratch) {
    size_t count = r->tree->count;
    uint32_t slots = 16;
    while (slots / 2 < count && slots < 1u << 31) slots *= 2;
    r->mask = slots - 1;
    r->stacks = fil_arena_get(scratch, count * sizeof *r->stacks);
    r->regrouped = fil_arena_get(scratch, count * sizeof *r->regrouped);
    r->groups = fil_arena_get(scratch, count * sizeof *r->groups);
    r->table = fil_arena_get(scratch, slots * sizeof *r->table);
    r->stamps = fil_arena_get(scratch, slots * sizeof *r->stamps);
    r->untouched = fil_arena_get(scratch, count * sizeof *r->untouched);
    if (!r->stacks || !r->regrouped || !r->groups || !r->table || !r->stamps || !r->untouched)
        return false;
    for (uint32_t i = 0; i < r->tree->part_count; i++)
        r->untouched[r->tree->parts[i].node] += r->tree->parts[i].untouched;
    return true;
}

static bool begin_result(struct reversal *r) {
    r->first = fil_arena_get(r->arena, r->capacity * sizeof *r->first);
    r->end = fil_arena_get(r->arena, r->capacity * sizeof *r->end);
    r->level = fil_arena_get(r->arena, r->capacity * sizeof *r->level);
    r->result = fil_arena_get(r->arena, sizeof *r->result);
    if (!r->first || !r->end || !r->level || !r->result) return false;
    *r->result = *r->tree;
    r->result->count = 1;
    r->result->part_count = r->result->file_count = 0;
    r->result->old = NULL;
    r->result->end = NULL;
    r->result->end_part_count = 0;
    r->result->nodes = fil_arena_get(r->arena, r->capacity * sizeof *r->result->nodes);
    r->result->left_out = fil_arena_get(r->arena, r->capacity * sizeof *r->result->left_out);
    if (!r->result->nodes || !r->result->left_out) return false;
    r->result->nodes[0] = r->tree->nodes[0];
    return true;
}

struct fil_tree *fil_tree_reversed(const struct fil_tree *tree, int64_t bytes, uint32_t levels,
                                   struct fil_arena *arena) {
    struct reversal r = {.tree = tree, .capacity = 1024, .arena = arena};
    struct fil_arena *scratch = fil_arena_new();
    bool good = scratch && prepare(&r, scratch) && begin_result(&r);
    if (good) take_stacks(&r);
    for (uint32_t i = 0; good && i < r.result->count; i++)
        good = r.level[i] >= levels || add_children(&r, i, bytes);
    fil_arena_free(scratch);
    return good ? r.result : NULL;
}
