/* SPDX-License-Identifier: Apache-2.0 */
/* The folded text: a line per stack, outermost frame first, `path.py:12 (function);path.py:7 (inner) 1048576`.
 *
 * Without the import system's own frames: an import is eight of them, one within the other forty, and a program that imports
 * scikit-learn would have 319 MB of text.
 *
 * A program that recurses 20,000 deep and holds something on each level has 20,000 stacks of 10,000 frames on average: gigabytes
 * of text. So of the deep stacks the largest are written whole, as far as some megabytes go. The others are written without their
 * middle, and those that are then equal as one. */
#include <string.h>

#include "treebuilder.h"
#include "writers.h"

#define SHARE 0.99                /* of the peak that the stacks written hold together, at least */
#define DEEP 200u                 /* frames; stacks up to here are always written whole */
#define EDGE 100u                 /* frames at either end that every stack keeps */
#define DEEP_BYTES (32u << 20)    /* of text for deep stacks written whole */
#define MOST_SHORTENED (1u << 22) /* nodes for the rest */

/* Each node's frame as text, made once however many stacks go through it. */
struct frames {
    struct fil_buffer text;
    size_t *ends;    /* by node: where its text ends; it begins where the node's before it ends. 0 for the root */
    uint32_t *depth; /* by node: frames of its stack */
    size_t *lengths; /* by node: bytes of its stack's text */
    uint32_t *heads; /* by node: its ancestor that is EDGE deep, or itself where it isn't as deep */
};

/* Each function's names as they stand before the line's number and behind it, made once however many nodes it has. */
struct names {
    struct fil_buffer text;
    size_t *middles, *ends; /* by function: ";file:" ends, and " (name)" */
};

static bool make_names(struct names *names, const struct fil_tree *tree, struct fil_arena *arena) {
    names->middles = fil_arena_get(arena, (size_t)tree->function_count * sizeof *names->middles);
    names->ends = fil_arena_get(arena, (size_t)tree->function_count * sizeof *names->ends);
    for (uint32_t f = 0; names->middles && names->ends && f < tree->function_count; f++) {
        fil_buffer_text(&names->text, ";");
        fil_buffer_name(&names->text, tree->functions[f].file);
        fil_buffer_text(&names->text, ":");
        names->middles[f] = names->text.used;
        fil_buffer_text(&names->text, " (");
        fil_buffer_name(&names->text, tree->functions[f].name);
        fil_buffer_text(&names->text, ")");
        names->ends[f] = names->text.used;
    }
    return names->middles && names->ends && !names->text.failed;
}

/* A node's frame, with the separator before it. */
static void add_frame(struct fil_buffer *text, const struct fil_tree *tree, const struct fil_tree_node *node,
                      const struct names *names) {
    uint32_t f = node->function;
    if (f == tree->function_count) { /* none of the program's: see shortened() */
        fil_buffer_text(text, ";[frames left out]");
        return;
    }
    size_t begin = f ? names->ends[f - 1] : 0, middle = names->middles[f], end = names->ends[f];
    fil_buffer_add(text, names->text.text + begin, middle - begin);
    fil_buffer_number(text, node->line ? node->line : tree->functions[f].first_line);
    fil_buffer_add(text, names->text.text + middle, end - middle);
}

static bool fill_frames(struct frames *frames, const struct fil_tree *tree, const struct names *names) {
    for (uint32_t i = 1; i < tree->count; i++) {
        uint32_t parent = tree->nodes[i].parent;
        add_frame(&frames->text, tree, &tree->nodes[i], names);
        frames->ends[i] = frames->text.used;
        frames->depth[i] = frames->depth[parent] + 1;
        frames->lengths[i] = frames->lengths[parent] + frames->ends[i] - frames->ends[i - 1];
        frames->heads[i] = frames->depth[i] <= EDGE ? i : frames->heads[parent];
    }
    return !frames->text.failed;
}

static bool make_frames(struct frames *frames, const struct fil_tree *tree, struct fil_arena *arena) {
    frames->ends = fil_arena_get(arena, (size_t)tree->count * sizeof *frames->ends);
    frames->depth = fil_arena_get(arena, (size_t)tree->count * sizeof *frames->depth);
    frames->lengths = fil_arena_get(arena, (size_t)tree->count * sizeof *frames->lengths);
    frames->heads = fil_arena_get(arena, (size_t)tree->count * sizeof *frames->heads);
    if (!frames->ends || !frames->depth || !frames->lengths || !frames->heads) return false;
    struct names names = {0};
    bool ready = make_names(&names, tree, arena) && fill_frames(frames, tree, &names);
    fil_buffer_clear(&names.text);
    return ready;
}

/* Fills `path` with the last `depth` nodes of the stack that ends with `node`, outermost first. */
static void find_path(const struct fil_tree *tree, uint32_t node, uint32_t depth, uint32_t *path) {
    for (uint32_t up = node; depth; up = tree->nodes[up].parent) path[--depth] = up;
}

/* From the innermost frame outwards, which is from the text's end to its beginning. */
static void add_stack(struct fil_buffer *buffer, const struct fil_tree *tree, const struct frames *frames, uint32_t owner) {
    size_t length = frames->lengths[owner];
    char *at = length ? fil_buffer_space(buffer, length - 1) : NULL; /* not the outermost frame's separator */
    if (!length) fil_buffer_text(buffer, "[No Python stack]");
    if (at) at += length - 1;
    for (uint32_t node = owner; at && node; node = tree->nodes[node].parent) {
        size_t begin = frames->ends[node - 1] + (tree->nodes[node].parent == 0), end = frames->ends[node];
        at -= end - begin;
        memcpy(at, frames->text.text + begin, end - begin);
    }
    fil_buffer_text(buffer, " ");
    fil_buffer_number(buffer, tree->nodes[owner].own);
    fil_buffer_text(buffer, "\n");
}

/* The stacks of `owners`, all deeper than DEEP, without their middle. The place of what is left out has the first function's
 * number that doesn't exist.
 */
static struct fil_tree *shortened(const struct fil_tree *tree, const struct frames *frames, const uint32_t *owners,
                                  uint32_t count, uint32_t *path, struct fil_arena *arena) {
    static const struct fil_snapshot nothing = {0};
    uint64_t most = (uint64_t)count * (2 * EDGE + 1);
    struct fil_treebuilder *builder = fil_treebuilder_new(tree->functions, tree->function_count,
                                                          most < MOST_SHORTENED ? (uint32_t)most : MOST_SHORTENED, arena, arena);
    for (uint32_t i = 0; builder && i < count; i++) {
        uint32_t place = 0;
        find_path(tree, frames->heads[owners[i]], EDGE, path);
        find_path(tree, owners[i], EDGE, path + EDGE);
        for (uint32_t k = 0; k < 2 * EDGE; k++) {
            const struct fil_tree_node *node = &tree->nodes[path[k]];
            if (k == EDGE) place = fil_treebuilder_child(builder, place, tree->function_count, 0);
            place = fil_treebuilder_child(builder, place, node->function, node->line);
        }
        fil_treebuilder_own(builder, place, tree->nodes[owners[i]].own, 0);
    }
    return builder ? fil_treebuilder_finish(builder, &nothing, NULL) : NULL;
}

static bool add_shortened(struct fil_buffer *buffer, const struct fil_tree *tree, struct fil_arena *arena) {
    uint32_t count;
    uint32_t *owners = fil_tree_owners(tree, arena, &count);
    struct frames frames = {0};
    bool ready = owners && make_frames(&frames, tree, arena);
    for (uint32_t i = 0; ready && i < count; i++) add_stack(buffer, tree, &frames, owners[i]);
    fil_buffer_clear(&frames.text);
    return ready;
}

int fil_write_folded(const struct fil_report *report, const struct fil_tree *tree, struct fil_arena *arena,
                     struct fil_buffer *buffer) {
    uint32_t count, rest = 0;
    size_t deep_bytes = 0;
    uint32_t *owners = fil_tree_owners(tree, arena, &count), *path = fil_arena_get(arena, (size_t)tree->count * sizeof *path);
    struct frames frames = {0};
    bool ready = owners && path && make_frames(&frames, tree, arena);
    int64_t peak = report->snapshot->peak_bytes, whole = tree->nodes[0].total;
    double enough = SHARE * (double)(peak > whole ? peak : whole); /* they may differ by the error bound */
    int64_t written = 0;
    for (uint32_t i = 0; ready && i < count && (double)written < enough; i++) {
        uint32_t owner = owners[i];
        if (frames.depth[owner] > DEEP) deep_bytes += frames.lengths[owner];
        if (frames.depth[owner] > DEEP && deep_bytes > DEEP_BYTES) owners[rest++] = owner; /* rest <= i */
        else add_stack(buffer, tree, &frames, owner);
        written += tree->nodes[owner].own;
    }
    struct fil_tree *shorter = ready && rest ? shortened(tree, &frames, owners, rest, path, arena) : NULL;
    if (rest) ready = shorter && add_shortened(buffer, shorter, arena);
    fil_buffer_clear(&frames.text);
    return !ready || buffer->failed ? ENOMEM : 0;
}
