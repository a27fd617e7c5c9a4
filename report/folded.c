/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the folded text. fil_write_folded is its main entry.
 *
 * The folded text: a line per stack, outermost frame first,
 * `path.py:12 (function);path.py:7 (inner) 1048576`; the largest that together hold 99 %, what has
 * no Python stack, and in one line more what is left, so that all lines together are what is in
 * use.
 *
 * Without the import system's own frames: an import is eight of them, one within the other forty,
 * and a program that imports scikit-learn would have 319 MB of text. Where even so it is some
 * megabytes, shortened.c says what is left out. */
#include <string.h>

#include "rows.h"
#include "shortened.h"
#include "writers.h"

#define SHARE 0.99 /* of the peak that the stacks written hold together, at least */

/* Each node's frame as text, made once however many stacks go through it. */
struct frames {
    struct fil_buffer text;
    size_t *ends; /* by node: where its text ends; it begins where the node's before it ends. 0 for
                     the root */
    size_t *lengths; /* by node: bytes of its stack's text */
};

/* Each function's names as they stand before the line's number and behind it, made once however
 * many nodes it has. */
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
static void add_frame(struct fil_buffer *text, const struct fil_tree *tree,
                      const struct fil_tree_node *node, const struct names *names) {
    uint32_t f = node->function;
    if (tree->functions[f].file == fil_frames_left_out) {
        fil_buffer_text(text, ";");
        fil_buffer_text(text, fil_frames_left_out);
        return;
    }
    size_t begin = f ? names->ends[f - 1] : 0, middle = names->middles[f], end = names->ends[f];
    fil_buffer_add(text, names->text.text + begin, middle - begin);
    fil_buffer_number(text, node->line ? node->line : tree->functions[f].first_line);
    fil_buffer_add(text, names->text.text + middle, end - middle);
}

static bool fill_frames(struct frames *frames, const struct fil_tree *tree,
                        const struct names *names) {
    for (uint32_t i = 1; i < tree->count; i++) {
        uint32_t parent = tree->nodes[i].parent;
        add_frame(&frames->text, tree, &tree->nodes[i], names);
        frames->ends[i] = frames->text.used;
        frames->lengths[i] = frames->lengths[parent] + frames->ends[i] - frames->ends[i - 1];
    }
    return !frames->text.failed;
}

static bool make_frames(struct frames *frames, const struct fil_tree *tree,
                        struct fil_arena *arena) {
    frames->ends = fil_arena_get(arena, (size_t)tree->count * sizeof *frames->ends);
    frames->lengths = fil_arena_get(arena, (size_t)tree->count * sizeof *frames->lengths);
    if (!frames->ends || !frames->lengths) return false;
    struct names names = {0};
    bool ready = make_names(&names, tree, arena) && fill_frames(frames, tree, &names);
    fil_buffer_clear(&names.text);
    return ready;
}

/* From the innermost frame outwards, which is from the text's end to its beginning. */
static void add_stack(struct fil_buffer *buffer, const struct fil_tree *tree,
                      const struct frames *frames, uint32_t owner) {
    size_t length = frames->lengths[owner];
    char *at = length ? fil_buffer_space(buffer, length - 1)
                      : NULL; /* not the outermost frame's separator */
    if (!length) fil_buffer_text(buffer, FIL_NO_PYTHON_STACK);
    if (at) at += length - 1;
    for (uint32_t node = owner; at && node; node = tree->nodes[node].parent) {
        size_t begin = frames->ends[node - 1] + (tree->nodes[node].parent == 0),
               end = frames->ends[node];
        at -= end - begin;
        memcpy(at, frames->text.text + begin, end - begin);
    }
    fil_buffer_text(buffer, " ");
    fil_buffer_number(buffer, tree->nodes[owner].self);
    fil_buffer_text(buffer, "\n");
}

/* What shortened.c has left out below the root; add_rest has the line for it. */
static bool is_rest(const struct fil_tree *tree, uint32_t node) {
    const struct fil_tree_node *n = &tree->nodes[node];
    return node && !n->parent && tree->functions[n->function].file == fil_frames_left_out;
}

static bool add_stacks(struct fil_buffer *to, const struct fil_tree *tree, struct fil_stacks all,
                       int64_t *rest) {
    struct frames frames = {0};
    bool ready = make_frames(&frames, tree, all.arena);
    for (uint32_t i = 0; ready && i < all.count; i++) {
        if (is_rest(tree, all.owners[i])) *rest += tree->nodes[all.owners[i]].self;
        else add_stack(to, tree, &frames, all.owners[i]);
    }
    fil_buffer_clear(&frames.text);
    return ready;
}

static bool find_stacks(struct fil_stacks *stacks, const struct fil_tree *tree) {
    stacks->owners = tree ? fil_tree_owners(tree, stacks->arena, &stacks->count) : NULL;
    return stacks->owners;
}

/* What has no Python stack isn't left out, however small it is: it has the name that it has
 * everywhere, in the last of the stacks. */
static int64_t keep_stackless(struct fil_stacks *stacks, const struct fil_tree *tree,
                              uint32_t all) {
    for (uint32_t i = stacks->count; i < all; i++) {
        if (stacks->owners[i]) continue;
        stacks->owners[i] = stacks->owners[stacks->count];
        stacks->owners[stacks->count++] = 0;
        return tree->nodes[0].self;
    }
    return 0;
}

/* Leaves only the largest that hold enough together; what the others hold. */
static int64_t keep_enough(struct fil_stacks *stacks, const struct fil_tree *tree, int64_t peak) {
    int64_t whole = tree->nodes[0].total, held = 0;
    double enough = SHARE * (double)(peak > whole ? peak : whole); /* the error bound is between */
    uint32_t all = stacks->count;
    for (stacks->count = 0; stacks->count < all && (double)held < enough; stacks->count++) {
        held += tree->nodes[stacks->owners[stacks->count]].self;
    }
    return whole - held - keep_stackless(stacks, tree, all);
}

static void add_rest(struct fil_buffer *to, int64_t rest) {
    if (rest <= 0) return;
    fil_buffer_text(to, fil_frames_left_out);
    fil_buffer_text(to, " ");
    fil_buffer_number(to, rest);
    fil_buffer_text(to, "\n");
}

int fil_write_folded(const struct fil_digest *digest, struct fil_arena *arena,
                     struct fil_buffer *buffer) {
    const struct fil_tree *tree = fil_digest_in_use(digest, digest->spliced, arena);
    struct fil_stacks stacks = {.arena = arena};
    if (!find_stacks(&stacks, tree)) return ENOMEM;
    int64_t rest = keep_enough(&stacks, tree, fil_rows_whole(digest));
    const struct fil_tree *shorter = fil_tree_shortened(tree, stacks);
    if (!shorter || (shorter != tree && !find_stacks(&stacks, shorter))) return ENOMEM;
    if (!add_stacks(buffer, shorter, stacks, &rest)) return ENOMEM;
    add_rest(buffer, rest);
    return buffer->failed ? ENOMEM : 0;
}

const struct fil_tree *fil_tree_for_exports(const struct fil_digest *digest,
                                            struct fil_arena *arena) {
    const struct fil_tree *tree = fil_digest_in_use(digest, digest->spliced, arena);
    struct fil_stacks stacks = {.arena = arena};
    return find_stacks(&stacks, tree) ? fil_tree_shortened(tree, stacks) : NULL;
}
