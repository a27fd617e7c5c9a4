/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what is left out of stacks that would take too much text. fil_tree_shortened is its entry.
 *
 * A program that recurses 20,000 deep and holds something on each level has 20,000 stacks of
 * 10,000 frames on average: gigabytes. One that imports scikit-learn has 50,000 stacks of
 * 1,200 bytes, nearly all of which hold less than a hundred-thousandth of the peak. So, in this
 * order:
 *
 * 1. Stacks of at most SHORT frames stay, however many they are: their lines are short, and their
 *    number is the program's own.
 * 2. Where the text of all others is at most MOST_TEXT, they stay, too: so it is with most
 *    programs.
 * 3. Else, of the stacks of more than DEEP frames the largest stay whole, as far as half of the
 *    text goes that the others leave. The rest lose their middle, for which one frame stands,
 *    "[frames left out]"; those that are then equal are one. Their edges are EDGE frames, or less
 *    where these differ from stack to stack.
 * 4. Where that isn't enough, subtrees that hold little (all stacks that begin with the same
 *    frames) go: what the small ones below one frame hold is one stack, which ends with
 *    "[frames left out]". "Little" is as little as brings the text down to MOST_TEXT, and never
 *    more than a thousandth of the whole: in a flame graph a box of a pixel or two.
 *
 * So a stack that holds a thousandth of the whole or more is exact and whole, unless it is one of
 * very many deep ones (3); and nothing is lost of the sum. */
#include "shortened.h"

#include <string.h>

#include "treebuilder.h"

#define SHORT 4u
#define MOST_TEXT (4u << 20)
#define DEEP 200u
#define EDGE 100u
#define LEAST_EDGE 3u
#define MANY_NODES (1u << 16) /* for the stacks without a middle, however few they are */
#define LITTLE 1000           /* at most this part of the whole is little */

const char fil_frames_left_out[] = "[frames left out]";

/* The tree's nodes, as their stacks are written. */
struct measures {
    const struct fil_tree *tree;
    uint32_t *depth;  /* frames of the stack */
    uint32_t *length; /* of its text; UINT32_MAX stands for all that is more */
};

/* Of a node: it leads to a stack that stays whole, and its own stack does. Both may be true. */
enum whole { LEADS = 1, STAYS = 2 };

/* Stacks without their middle. */
struct trimming {
    struct measures of;
    const struct fil_function *functions; /* the tree's, and the one for what is left out */
    struct fil_stacks stacks;
    uint8_t *whole;     /* by node: see enum whole */
    uint32_t *rest;     /* owners of the others, `rest_count` */
    uint32_t *new_node; /* by node: which it is in the new tree */
    uint32_t *heads;    /* by node: the outermost frames' last one, itself where they are fewer */
    uint32_t rest_count, whole_nodes;
};

static uint32_t digits(uint32_t number) {
    uint32_t count = 1;
    while (number /= 10) count++;
    return count;
}

/* How long "file:line (function);" is without the line's number, by function. */
static uint32_t *name_lengths(const struct fil_tree *tree, struct fil_arena *arena) {
    uint32_t *lengths = fil_arena_get(arena, (size_t)tree->function_count * sizeof *lengths);
    for (uint32_t f = 0; lengths && f < tree->function_count; f++) {
        const struct fil_function *function = &tree->functions[f];
        size_t length = strlen(function->file) + strlen(function->name) + sizeof ": ();" - 1;
        lengths[f] = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
    }
    return lengths;
}

static bool measure(struct measures *of, const struct fil_tree *tree, struct fil_arena *arena) {
    uint32_t *names = name_lengths(tree, arena);
    of->tree = tree;
    of->depth = fil_arena_get(arena, (size_t)tree->count * sizeof *of->depth);
    of->length = fil_arena_get(arena, (size_t)tree->count * sizeof *of->length);
    if (!names || !of->depth || !of->length) return false;
    for (uint32_t i = 1; i < tree->count; i++) {
        const struct fil_tree_node *node = &tree->nodes[i];
        uint64_t length = of->length[node->parent];
        length += (uint64_t)names[node->function] + digits(node->line);
        of->depth[i] = of->depth[node->parent] + 1;
        of->length[i] = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
    }
    return true;
}

/* The text of all stacks that have more than SHORT frames, and no more than `most`. */
static uint64_t text_of(const struct measures *of, struct fil_stacks stacks, uint32_t most) {
    uint64_t text = 0;
    for (uint32_t i = 0; i < stacks.count; i++) {
        uint32_t owner = stacks.owners[i];
        if (of->depth[owner] > SHORT && of->depth[owner] <= most) text += of->length[owner];
    }
    return text;
}

static bool takes_little(const struct measures *of, struct fil_stacks stacks) {
    return text_of(of, stacks, UINT32_MAX) <= MOST_TEXT;
}

/* Marks what leads to the stacks that stay whole, and lists the others. */
static void part(struct trimming *t) {
    uint64_t others = text_of(&t->of, t->stacks, DEEP);
    uint64_t room = others < MOST_TEXT ? (MOST_TEXT - others) / 2 : 0;
    for (uint32_t i = 0; i < t->stacks.count; i++) {
        uint32_t owner = t->stacks.owners[i];
        bool is_deep = t->of.depth[owner] > DEEP;
        if (is_deep && t->of.length[owner] > room) {
            t->rest[t->rest_count++] = owner;
            continue;
        }
        if (is_deep) room -= t->of.length[owner];
        for (uint32_t i = owner; i && !(t->whole[i] & LEADS); i = t->of.tree->nodes[i].parent) {
            t->whole[i] |= LEADS;
            t->whole_nodes++;
        }
        t->whole[owner] |= STAYS;
    }
}

static uint32_t add_frame(struct fil_treebuilder *b, uint32_t at, const struct fil_tree_node *n) {
    return fil_treebuilder_child(b, at, n->function, n->line);
}

static void add_own(struct fil_treebuilder *b, uint32_t at, const struct fil_tree_node *n) {
    fil_treebuilder_self(b, at, n->self, n->allocations);
}

static void add_whole(struct trimming *t, struct fil_treebuilder *builder) {
    for (uint32_t i = 0; i < t->of.tree->count; i++) {
        const struct fil_tree_node *node = &t->of.tree->nodes[i];
        if (t->whole[i] & LEADS)
            t->new_node[i] = add_frame(builder, t->new_node[node->parent], node);
        if (t->whole[i] & STAYS) add_own(builder, t->new_node[i], node);
    }
}

/* A piece of a stack: the last `depth` nodes of the one that ends with `end`. */
struct piece {
    const struct fil_tree_node *nodes; /* the tree's */
    uint32_t end, depth;
};

/* Adds the piece below `at`; where its last node is. */
static uint32_t add_piece(struct fil_treebuilder *b, uint32_t at, struct piece p) {
    uint32_t path[EDGE];
    for (uint32_t i = p.depth, node = p.end; i-- > 0; node = p.nodes[node].parent) path[i] = node;
    for (uint32_t i = 0; i < p.depth; i++) at = add_frame(b, at, &p.nodes[path[i]]);
    return at;
}

static void find_heads(struct trimming *t, uint32_t edge) {
    for (uint32_t i = 1; i < t->of.tree->count; i++) {
        uint32_t parent = t->of.tree->nodes[i].parent;
        t->heads[i] = t->of.depth[i] <= edge ? i : t->heads[parent];
    }
}

/* The other stacks, with `edge` frames at either end. */
static void add_rest(struct trimming *t, struct fil_treebuilder *builder, uint32_t edge) {
    const struct fil_tree_node *nodes = t->of.tree->nodes;
    find_heads(t, edge);
    for (uint32_t i = 0; i < t->rest_count; i++) {
        uint32_t owner = t->rest[i];
        uint32_t below = add_piece(builder, 0, (struct piece){nodes, t->heads[owner], edge});
        below = fil_treebuilder_child(builder, below, t->of.tree->function_count, 0);
        below = add_piece(builder, below, (struct piece){nodes, owner, edge});
        add_own(builder, below, &nodes[owner]);
    }
}

static struct fil_tree *finished(struct fil_treebuilder *builder) {
    static const struct fil_snapshot nothing = {0};
    return fil_treebuilder_finish(builder, &nothing, NULL);
}

static struct fil_treebuilder *builder_of(struct trimming *t, uint32_t most, struct fil_arena *in) {
    return fil_treebuilder_new(t->functions, t->of.tree->function_count + 1, most, in, in);
}

/* How many nodes the other stacks take with such edges; 0: more than `most`, or no memory. */
static uint32_t nodes_of_rest(struct trimming *t, uint32_t edge, uint32_t most) {
    struct fil_arena *scratch = fil_arena_new();
    struct fil_treebuilder *builder = scratch ? builder_of(t, most, scratch) : NULL;
    if (builder) add_rest(t, builder, edge);
    struct fil_tree *tree = builder ? finished(builder) : NULL;
    uint32_t count = tree && tree->count <= most ? tree->count : 0;
    fil_arena_free(scratch);
    return count;
}

static struct fil_tree *trimmed(struct trimming *t, struct fil_arena *arena) {
    uint32_t edge = EDGE, nodes = 0, most = t->of.tree->count;
    if (most < MANY_NODES) most = MANY_NODES;
    if (t->rest_count) nodes = nodes_of_rest(t, edge, most);
    while (t->rest_count && !nodes && edge > LEAST_EDGE) nodes = nodes_of_rest(t, edge /= 2, most);
    if (t->rest_count && !nodes) nodes = (2 * edge + 1) * t->rest_count; /* none shared */
    struct fil_treebuilder *builder = builder_of(t, t->whole_nodes + nodes, arena);
    if (!builder) return NULL;
    add_whole(t, builder);
    if (t->rest_count) add_rest(t, builder, edge);
    return finished(builder);
}

static const struct fil_function *with_left_out(const struct fil_tree *tree, struct fil_arena *in) {
    size_t count = tree->function_count;
    struct fil_function *functions = fil_arena_get(in, (count + 1) * sizeof *functions);
    if (!functions) return NULL;
    memcpy(functions, tree->functions, count * sizeof *functions);
    functions[count] = (struct fil_function){.name = "", .file = fil_frames_left_out};
    return functions;
}

static struct fil_tree *without_middles(const struct measures *of, struct fil_stacks stacks) {
    struct fil_arena *arena = stacks.arena;
    size_t nodes = of->tree->count, count = stacks.count;
    struct trimming t = {.of = *of, .stacks = stacks};
    t.functions = with_left_out(of->tree, arena);
    t.whole = fil_arena_get(arena, nodes);
    t.rest = fil_arena_get(arena, count * sizeof *t.rest);
    t.new_node = fil_arena_get(arena, nodes * sizeof *t.new_node);
    t.heads = fil_arena_get(arena, nodes * sizeof *t.heads);
    if (!t.functions || !t.whole || !t.rest || !t.new_node || !t.heads) return NULL;
    part(&t);
    return trimmed(&t, arena);
}

/* Whether the node lies in a subtree that goes if `little` is little. */
static bool goes(const struct measures *of, uint32_t node, int64_t little) {
    return of->depth[node] > SHORT && of->tree->nodes[node].total < little;
}

/* By node: equal to `present` where something below it went. */
struct stamps {
    uint32_t *of, present;
};

struct size {
    uint64_t text; /* of stacks that are longer than SHORT */
    uint32_t nodes;
};

/* What is left if `little` is little; stamps nodes. */
static struct size size_without(const struct measures *of, int64_t little, struct stamps s) {
    struct size size = {0};
    for (uint32_t i = 1; i < of->tree->count; i++) {
        uint32_t parent = of->tree->nodes[i].parent;
        if (!goes(of, i, little)) {
            size.nodes++;
            if (of->tree->nodes[i].self && of->depth[i] > SHORT) size.text += of->length[i];
        } else if (!goes(of, parent, little) && s.of[parent] != s.present) {
            s.of[parent] = s.present;
            size.nodes++;
            size.text += of->length[parent] + sizeof fil_frames_left_out;
        }
    }
    return size;
}

/* The least that has to be little, to an eighth. */
static int64_t find_little(const struct measures *of, struct stamps s) {
    int64_t low = 0, high = of->tree->nodes[0].total / LITTLE;
    for (s.present = 1; high - low > high / 8 + 1; s.present++) {
        int64_t middle = low + (high - low) / 2;
        if (size_without(of, middle, s).text <= MOST_TEXT) high = middle;
        else low = middle;
    }
    return high;
}

static struct fil_tree *without_little(const struct measures *of, struct fil_arena *arena) {
    const struct fil_tree *tree = of->tree;
    struct stamps s = {fil_arena_get(arena, (size_t)tree->count * sizeof *s.of), UINT32_MAX};
    uint32_t *new_node = fil_arena_get(arena, (size_t)tree->count * sizeof *new_node);
    if (!s.of || !new_node) return NULL;
    int64_t little = find_little(of, s);
    uint32_t nodes = size_without(of, little, s).nodes;
    struct fil_treebuilder *builder;
    builder = fil_treebuilder_new(tree->functions, tree->function_count, nodes, arena, arena);
    if (!builder) return NULL;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct fil_tree_node *node = &tree->nodes[i];
        uint32_t parent = new_node[node->parent];
        if (i && !goes(of, i, little)) new_node[i] = add_frame(builder, parent, node);
        else if (i && goes(of, node->parent, little)) new_node[i] = parent;
        else if (i)
            new_node[i] = fil_treebuilder_child(builder, parent, tree->function_count - 1, 0);
        add_own(builder, new_node[i], node);
    }
    return finished(builder);
}

const struct fil_tree *fil_tree_shortened(const struct fil_tree *tree, struct fil_stacks stacks) {
    struct fil_arena *arena = stacks.arena;
    struct measures of = {0};
    if (!measure(&of, tree, arena)) return NULL;
    if (takes_little(&of, stacks)) return tree;
    struct fil_tree *shorter = without_middles(&of, stacks);
    if (!shorter || !measure(&of, shorter, arena)) return NULL;
    stacks.owners = fil_tree_owners(shorter, arena, &stacks.count);
    if (!stacks.owners) return NULL;
    return takes_little(&of, stacks) ? shorter : without_little(&of, arena);
}
