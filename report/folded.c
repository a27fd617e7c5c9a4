/* SPDX-License-Identifier: Apache-2.0 */
/* The folded text: a line per stack, outermost frame first, `path.py:12 (function);path.py:7 (inner) 1048576`. */
#include "writers.h"

#define SHARE 0.99 /* of the peak that the stacks written hold together, at least */

static bool stands_as_it_is(const unsigned char *at) {
    bool c1 = at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0;
    bool separator = at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0xA8 || at[2] == 0xA9); /* U+2028, U+2029 */
    return *at >= 0x20 && *at != 0x7F && *at != ';' && !c1 && !separator;
}

/* A name in one field of one line: separators and control characters are written out. */
static void add_name(struct fil_buffer *buffer, const char *name) {
    const unsigned char *at = (const unsigned char *)name, *plain = at; /* what begins at `plain` can stand as it is */
    for (; *at; at++) {
        if (__builtin_expect(stands_as_it_is(at), 1)) continue;
        fil_buffer_add(buffer, (const char *)plain, (size_t)(at - plain));
        if (*at == '\n') fil_buffer_text(buffer, "\\n");
        else if (*at == '\r') fil_buffer_text(buffer, "\\r");
        else if (*at == '\t') fil_buffer_text(buffer, "\\t");
        else if (*at == 0xC2) fil_buffer_format(buffer, "\\x%02x", *++at);
        else if (*at == 0xE2) fil_buffer_format(buffer, "\\u20%02x", *(at += 2) - 0x80);
        else fil_buffer_format(buffer, "\\x%02x", *at);
        plain = at + 1;
    }
    fil_buffer_add(buffer, (const char *)plain, (size_t)(at - plain));
}

/* Each node's frame as text, made once however many stacks go through it. */
struct frames {
    struct fil_buffer text;
    size_t *ends; /* by node: where its text ends; it begins where the node's before it ends. 0 for the root */
};

static bool make_frames(struct frames *frames, const struct fil_tree *tree, struct fil_arena *arena) {
    frames->ends = fil_arena_get(arena, (size_t)tree->count * sizeof *frames->ends);
    for (uint32_t i = 1; frames->ends && i < tree->count; i++) {
        const struct fil_tree_node *node = &tree->nodes[i];
        const struct fil_function *f = &tree->functions[node->function];
        add_name(&frames->text, f->file);
        fil_buffer_text(&frames->text, ":");
        fil_buffer_number(&frames->text, node->line ? node->line : f->first_line);
        fil_buffer_text(&frames->text, " (");
        add_name(&frames->text, f->name);
        fil_buffer_text(&frames->text, ")");
        frames->ends[i] = frames->text.used;
    }
    return frames->ends && !frames->text.failed;
}

/* The path from the root to `node`, outermost first; `path` has room for the deepest. */
static uint32_t path_to(const struct fil_tree *tree, uint32_t node, uint32_t *path) {
    uint32_t depth = 0;
    for (uint32_t up = node; up; up = tree->nodes[up].parent) path[depth++] = up;
    for (uint32_t i = 0; i < depth / 2; i++) {
        uint32_t held = path[i];
        path[i] = path[depth - 1 - i];
        path[depth - 1 - i] = held;
    }
    return depth;
}

static void add_stack(struct fil_buffer *buffer, const struct fil_tree *tree, const struct frames *frames, uint32_t owner,
                      uint32_t *path) {
    uint32_t depth = path_to(tree, owner, path);
    if (!depth) fil_buffer_text(buffer, "[No Python stack]");
    for (uint32_t i = 0; i < depth; i++) {
        size_t begin = frames->ends[path[i] - 1], end = frames->ends[path[i]];
        if (i) fil_buffer_text(buffer, ";");
        fil_buffer_add(buffer, frames->text.text + begin, end - begin);
    }
    fil_buffer_text(buffer, " ");
    fil_buffer_number(buffer, tree->nodes[owner].own);
    fil_buffer_text(buffer, "\n");
}

int fil_write_folded(const struct fil_report *report, const struct fil_tree *tree, struct fil_arena *arena,
                     struct fil_buffer *buffer) {
    uint32_t count;
    uint32_t *owners = fil_tree_owners(tree, arena, &count), *path = fil_arena_get(arena, (size_t)tree->count * sizeof *path);
    struct frames frames = {0};
    bool ready = owners && path && make_frames(&frames, tree, arena);
    int64_t peak = report->snapshot->peak_bytes, whole = tree->nodes[0].total;
    double enough = SHARE * (double)(peak > whole ? peak : whole); /* they may differ by the error bound */
    int64_t written = 0;
    for (uint32_t i = 0; ready && i < count && (double)written < enough; i++) {
        add_stack(buffer, tree, &frames, owners[i], path);
        written += tree->nodes[owners[i]].own;
    }
    fil_buffer_clear(&frames.text);
    return !ready || buffer->failed ? ENOMEM : 0;
}
