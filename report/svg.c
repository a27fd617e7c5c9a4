/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the flamegraph as SVG, which is complete without script: root on top, callees below, under
 * each frame a row with its source line. fil_write_svg is its entry; with script a click zooms and
 * Ctrl-F searches. Boxes and title are of what is in use; what was never touched beside it is told,
 * and dashed. */
#include <string.h>

#include "assets.h"
#include "rows.h"
#include "sources.h"
#include "writers.h"

#define WIDTH 1200.0
#define MARGIN 10.0
#define TOP 46.0
#define ROW 17.0
#define LEVEL (2 * ROW + 2) /* a frame and its source line */
#define CHARACTER 6.6       /* width of a monospaced character at 11 px */
#define SMALLEST 0.0005     /* of the peak: what is narrower isn't drawn */
#define MAX_LEVELS 400u

struct drawing {
    const struct fil_report *report;
    const struct fil_digest *digest;
    const struct fil_tree *tree;
    struct fil_buffer *buffer;
    double *left;    /* node => its left edge, bytes from the left */
    double *cursor;  /* node => where its next child begins */
    int64_t *rest;   /* node => bytes of its callees that are too small to be drawn */
    uint32_t *level; /* node => 0 for the root */
};

/* At most as many characters of `text` as fit into `width`, with two dots where it is cut. */
static void add_clipped(struct fil_buffer *buffer, const char *text, double width) {
    size_t room = width > 3 * CHARACTER ? (size_t)(width / CHARACTER) : 0, characters = 0, cut = 0;
    for (size_t i = 0; text[i]; i++) {
        if (((unsigned char)text[i] & 0xC0) == 0x80) continue;
        if (characters++ == room) break;
        if (characters + 2 <= room) cut = i;
    }
    if (!room) return;
    if (characters <= room) {
        fil_buffer_xml(buffer, text);
        return;
    }
    char part[1024];
    if (cut >= sizeof part) cut = sizeof part - 1;
    memcpy(part, text, cut);
    part[cut] = 0;
    fil_buffer_xml(buffer, part);
    fil_buffer_text(buffer, "..");
}

/* One of twelve warm tones, the same for the same file in every report. */
static unsigned tone_of(const char *file) {
    unsigned h = 2166136261u;
    for (; *file; file++) h = (h ^ (unsigned char)*file) * 16777619u;
    return (h ^ h >> 15) % 12;
}

/* "a.py:3 (f)" of a node, "all" for the root. */
static void add_label(struct fil_buffer *to, const struct fil_tree *tree, uint32_t node) {
    const struct fil_tree_node *n = &tree->nodes[node];
    const struct fil_function *f = &tree->functions[n->function];
    if (node == 0) {
        fil_buffer_text(to, "all");
        return;
    }
    fil_buffer_text(to, f->file);
    fil_buffer_text(to, ":");
    fil_buffer_number(to, n->line ? n->line : f->first_line);
    fil_buffer_text(to, " (");
    fil_buffer_text(to, f->name);
    fil_buffer_add(to, ")", 2); /* with its NUL */
}

/* Whether so much of the node, or beside it, was never touched that it is told. */
static bool marks_untouched(const struct drawing *d, const struct fil_tree_node *node) {
    bool is_beside = d->digest->answers->only_touched;
    int64_t all = node->total + (is_beside ? node->untouched : 0);
    return fil_report_marks_untouched(node->untouched, all);
}

/* "200.0 MiB more", where boxes are without it; else "200.0 MiB of it". */
static void add_untouched(struct drawing *d, const struct fil_tree_node *node) {
    fil_buffer_format(d->buffer, "%.1f MiB %s", (double)node->untouched / (1 << 20),
                      d->digest->answers->only_touched ? "more" : "of it");
}

static void add_tooltip(struct drawing *d, const char *label, const struct fil_tree_node *node) {
    double whole = (double)d->tree->nodes[0].total;
    int64_t bytes = node->total;
    fil_buffer_text(d->buffer, "<title>");
    fil_buffer_xml(d->buffer, label);
    fil_buffer_text(d->buffer, " (");
    fil_buffer_thousands(d->buffer, bytes);
    fil_buffer_text(d->buffer, " bytes, ");
    fil_buffer_decimal(d->buffer, whole > 0 ? (double)bytes / whole * 100 : 0, 2);
    fil_buffer_text(d->buffer, "%)\n");
    fil_buffer_decimal(d->buffer, (double)bytes / (1 << 20), 1);
    fil_buffer_text(d->buffer, " MiB");
    if (marks_untouched(d, node)) {
        fil_buffer_text(d->buffer, ", ");
        add_untouched(d, node);
        fil_buffer_text(d->buffer, " never used");
    }
    fil_buffer_text(d->buffer, "</title>");
}

static void add_length(struct fil_buffer *to, const char *name, double length) {
    fil_buffer_text(to, " ");
    fil_buffer_text(to, name);
    fil_buffer_text(to, "=\"");
    fil_buffer_decimal(to, length, 1);
    fil_buffer_text(to, "\"");
}

static void add_rectangle(struct drawing *d, double x, double y, double width, const char *style,
                          const char *text) {
    fil_buffer_text(d->buffer, "<rect");
    add_length(d->buffer, "x", x);
    add_length(d->buffer, "y", y);
    add_length(d->buffer, "width", width);
    fil_buffer_text(d->buffer, " height=\"");
    fil_buffer_number(d->buffer, (int64_t)ROW);
    fil_buffer_text(d->buffer, "\" class=\"");
    fil_buffer_text(d->buffer, style);
    fil_buffer_text(d->buffer, "\"/><text");
    add_length(d->buffer, "x", x + 3);
    add_length(d->buffer, "y", y + 12.5);
    fil_buffer_text(d->buffer, ">");
    add_clipped(d->buffer, text, width - 6);
    fil_buffer_text(d->buffer, "</text>");
}

static void add_frame(struct drawing *d, uint32_t node, struct fil_buffer *label) {
    const struct fil_tree_node *n = &d->tree->nodes[node];
    const struct fil_function *f = &d->tree->functions[n->function];
    double whole = (double)d->tree->nodes[0].total,
           scale = whole > 0 ? (WIDTH - 2 * MARGIN) / whole : 0;
    double x = MARGIN + d->left[node] * scale, width = (double)n->total * scale,
           y = TOP + d->level[node] * LEVEL;
    char style[32] = "root";
    label->used = 0;
    add_label(label, d->tree, node);
    if (node == 0) fil_buffer_add(label, "", 1);
    if (label->failed) return;
    if (node) memcpy(style, (char[]){'t', (char)('a' + (char)tone_of(f->file)), 0}, 3);
    fil_buffer_text(d->buffer, marks_untouched(d, n) ? "<g class=\"frame untouched\">"
                                                     : "<g class=\"frame\">");
    add_tooltip(d, label->text, n);
    add_rectangle(d, x, y, width, style, label->text);
    const struct fil_source_line *source =
        node ? fil_report_source(d->report, f->file, n->line) : NULL;
    if (source) {
        strcat(style, " source");
        add_rectangle(d, x, y + ROW, width, style, source->text);
    }
    fil_buffer_text(d->buffer, "</g>\n");
}

/* What of a node's callees is too small to be drawn, in one grey box behind them: nothing that is
 * held is white. */
static void add_rest(struct drawing *d, uint32_t node, struct fil_buffer *label) {
    const struct fil_tree_node *n = &d->tree->nodes[node];
    double whole = (double)d->tree->nodes[0].total,
           scale = whole > 0 ? (WIDTH - 2 * MARGIN) / whole : 0;
    int64_t rest = d->rest[node];
    uint32_t count = d->tree->left_out[node];
    if (!count || (double)rest < whole * SMALLEST) return;
    double x = MARGIN + (d->left[node] + d->cursor[node]) * scale,
           y = TOP + (d->level[node] + 1) * LEVEL;
    label->used = 0;
    fil_buffer_thousands(label, count);
    fil_buffer_add(label, " smaller", sizeof " smaller");
    if (label->failed) return;
    const struct fil_tree_node smaller = {.parent = node, .total = rest, .line = n->line};
    fil_buffer_text(d->buffer, "<g class=\"frame\">");
    add_tooltip(d, label->text, &smaller);
    add_rectangle(d, x, y, (double)rest * scale, "rest", label->text);
    fil_buffer_text(d->buffer, "</g>\n");
}

static uint32_t lay_out(struct drawing *d) {
    uint32_t deepest = 0;
    for (uint32_t i = 0; i < d->tree->count; i++) {
        const struct fil_tree_node *n = &d->tree->nodes[i];
        d->rest[i] += n->total - n->self;
        if (i == 0) continue;
        d->rest[n->parent] -= n->total;
        d->level[i] = d->level[n->parent] + 1;
        d->left[i] = d->left[n->parent] + d->cursor[n->parent];
        d->cursor[n->parent] += (double)n->total;
        uint32_t lowest = d->level[i] + (d->tree->left_out[i] > 0);
        if (d->level[i] < MAX_LEVELS && lowest > deepest) deepest = lowest;
    }
    return deepest;
}

static void add_head(struct drawing *d, bool reversed, double height) {
    fil_buffer_format(d->buffer,
                      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "
                      "xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%.0f\" "
                      "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n<title>",
                      WIDTH, height, WIDTH, height);
    fil_report_title(d->report, fil_rows_whole(d->digest), reversed, d->buffer);
    fil_buffer_text(d->buffer, "</title>\n<style>");
    fil_buffer_add(d->buffer, fil_asset_svg_css, sizeof fil_asset_svg_css - 1);
    fil_buffer_format(d->buffer,
                      "</style>\n<rect class=\"paper\" x=\"0\" y=\"0\" width=\"%.0f\" "
                      "height=\"%.0f\"/>\n<text class=\"title\" "
                      "x=\"%.0f\" y=\"26\">",
                      WIDTH, height, WIDTH / 2);
    fil_report_title(d->report, fil_rows_whole(d->digest), reversed, d->buffer);
    fil_buffer_text(d->buffer, "</text>\n");
    if (marks_untouched(d, &d->tree->nodes[0])) {
        fil_buffer_format(d->buffer, "<text class=\"note left\" x=\"%.0f\" y=\"40\">", MARGIN);
        add_untouched(d, &d->tree->nodes[0]);
        fil_buffer_text(d->buffer, " was allocated but never used (dashed)</text>\n");
    }
    fil_buffer_format(d->buffer,
                      "<text id=\"matched\" class=\"note\" x=\"%.0f\" y=\"40\"></text>\n",
                      WIDTH - MARGIN);
}

int fil_write_svg(const struct fil_digest *digest, bool reversed, struct fil_arena *arena,
                  struct fil_buffer *buffer) {
    const struct fil_tree *whole = fil_digest_in_use(digest, digest->spliced, arena);
    if (!whole) return ENOMEM;
    int64_t smallest = (int64_t)((double)whole->nodes[0].total * SMALLEST);
    struct fil_tree *tree = reversed ? fil_tree_reversed(whole, smallest, MAX_LEVELS, arena)
                                     : fil_tree_at_least(whole, smallest, arena);
    if (!tree) return ENOMEM;
    size_t doubles = (size_t)tree->count * sizeof(double);
    struct drawing d = {
        .report = digest->report,
        .digest = digest,
        .tree = tree,
        .buffer = buffer,
        .left = fil_arena_get(arena, doubles),
        .cursor = fil_arena_get(arena, doubles),
        .rest = fil_arena_get(arena, (size_t)tree->count * sizeof *d.rest),
        .level = fil_arena_get(arena, (size_t)tree->count * sizeof *d.level),
    };
    if (!d.left || !d.cursor || !d.rest || !d.level) return ENOMEM;
    add_head(&d, reversed, TOP + (lay_out(&d) + 1) * LEVEL + 2 * MARGIN);
    struct fil_buffer label = {0};
    for (uint32_t i = 0; i < tree->count; i++) {
        if (d.level[i] < MAX_LEVELS) add_frame(&d, i, &label);
        if (d.level[i] + 1 < MAX_LEVELS) add_rest(&d, i, &label);
    }
    buffer->failed |= label.failed;
    fil_buffer_clear(&label);
    fil_buffer_text(buffer, "<script><![CDATA[");
    fil_buffer_add(buffer, fil_asset_svg_js, sizeof fil_asset_svg_js - 1);
    fil_buffer_text(buffer, "]]></script>\n</svg>\n");
    return buffer->failed ? ENOMEM : 0;
}
