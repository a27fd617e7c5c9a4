/* SPDX-License-Identifier: Apache-2.0 */
/* The folded text: a line per stack, outermost frame first, `path.py:12 (function);path.py:7 (inner) 1048576`. */
#include "writers.h"

#define SHARE 0.99 /* of the peak that the stacks written hold together, at least */

/* A name in one field of one line: separators and control characters are written out. */
static void add_name(struct fil_buffer *buffer, const char *name) {
    for (const unsigned char *at = (const unsigned char *)name; *at; at++) {
        bool c1 = at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0;
        bool separator = at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0xA8 || at[2] == 0xA9); /* U+2028, U+2029 */
        if (*at == '\n') fil_buffer_text(buffer, "\\n");
        else if (*at == '\r') fil_buffer_text(buffer, "\\r");
        else if (*at == '\t') fil_buffer_text(buffer, "\\t");
        else if (*at < 0x20 || *at == 0x7F || *at == ';') fil_buffer_format(buffer, "\\x%02x", *at);
        else if (c1) fil_buffer_format(buffer, "\\x%02x", *++at);
        else if (separator) fil_buffer_format(buffer, "\\u20%02x", *(at += 2) - 0x80);
        else fil_buffer_add(buffer, (const char *)at, 1);
    }
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

static void add_stack(struct fil_buffer *buffer, const struct fil_tree *tree, uint32_t owner, uint32_t *path) {
    uint32_t depth = path_to(tree, owner, path);
    if (!depth) fil_buffer_text(buffer, "[No Python stack]");
    for (uint32_t i = 0; i < depth; i++) {
        const struct fil_tree_node *node = &tree->nodes[path[i]];
        const struct fil_function *f = &tree->functions[node->function];
        if (i) fil_buffer_text(buffer, ";");
        add_name(buffer, f->file);
        fil_buffer_format(buffer, ":%u (", node->line ? node->line : f->first_line);
        add_name(buffer, f->name);
        fil_buffer_text(buffer, ")");
    }
    fil_buffer_format(buffer, " %lld\n", (long long)tree->nodes[owner].own);
}

int fil_write_folded(const struct fil_report *report, const struct fil_tree *tree, struct fil_arena *arena,
                     struct fil_buffer *buffer) {
    (void)report;
    uint32_t count;
    uint32_t *owners = fil_tree_owners(tree, arena, &count), *path = fil_arena_get(arena, (size_t)tree->count * sizeof *path);
    if (!owners || !path) return ENOMEM;
    double enough = SHARE * (double)tree->nodes[0].total;
    int64_t written = 0;
    for (uint32_t i = 0; i < count && (double)written < enough; i++) {
        add_stack(buffer, tree, owners[i], path);
        written += tree->nodes[owners[i]].own;
    }
    return buffer->failed ? ENOMEM : 0;
}
