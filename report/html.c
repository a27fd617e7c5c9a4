/* SPDX-License-Identifier: Apache-2.0 */
/* The page: web/page.html with styles, script and the profile's JSON put in. Self-contained; it draws from the JSON in it. */
#include <string.h>

#include "assets.h"
#include "writers.h"

#define SMALLEST 0.0005          /* of the peak: what is smaller isn't drawn */
#define EMBED_JSON_BYTES 215000u /* as text of an attribute: with script and styles a notebook's output stays below 300 KB */

/* JSON for a <script> element: nothing in it can end the element. */
static void add_escaped(struct fil_buffer *buffer, const struct fil_buffer *json) {
    size_t start = 0;
    for (size_t i = 0; i < json->used; i++) {
        if (json->text[i] != '<') continue;
        fil_buffer_add(buffer, json->text + start, i - start);
        fil_buffer_text(buffer, "\\u003c");
        start = i + 1;
    }
    fil_buffer_add(buffer, json->text + start, json->used - start);
}

/* How long the JSON is inside the attribute of a notebook's frame, where quotes become entities. */
static size_t length_in_attribute(const struct fil_buffer *json) {
    size_t length = json->used;
    for (size_t i = 0; i < json->used; i++) {
        if (json->text[i] == '"' || json->text[i] == '\'' || json->text[i] == '<') length += 5;
        else if (json->text[i] == '&') length += 4;
        else if (json->text[i] == '>') length += 3;
    }
    return length;
}

/* The report with only the sources that the tree's nodes name. */
static struct fil_report with_needed_sources(const struct fil_report *report, const struct fil_tree *tree,
                                             struct fil_arena *arena) {
    struct fil_report pruned = *report;
    uint8_t *needed = fil_arena_get(arena, report->source_count);
    pruned.sources = fil_arena_get(arena, (size_t)report->source_count * sizeof *pruned.sources);
    pruned.source_count = 0;
    if (!needed || !pruned.sources) return pruned;
    for (uint32_t n = 1; n < tree->count; n++) {
        const struct fil_source_line *s =
            fil_report_source(report, tree->functions[tree->nodes[n].function].file, tree->nodes[n].line);
        if (s) needed[s - report->sources] = 1;
    }
    for (uint32_t i = 0; i < report->source_count; i++) {
        if (needed[i]) pruned.sources[pruned.source_count++] = report->sources[i];
    }
    return pruned;
}

/* The profile's JSON, pruned until it fits: what was cut off is the difference to the root's total, which the page shows. */
static int write_profile(const struct fil_report *report, const struct fil_tree *tree, bool embed, struct fil_arena *arena,
                         struct fil_buffer *json) {
    double smallest = SMALLEST;
    for (;; smallest *= 2) {
        struct fil_tree *pruned = fil_tree_at_least(tree, (int64_t)((double)tree->nodes[0].total * smallest), arena);
        struct fil_report with = pruned ? with_needed_sources(report, pruned, arena) : *report;
        int error = pruned ? fil_write_json(&with, pruned, true, arena, json) : ENOMEM;
        bool fits = !embed || length_in_attribute(json) <= EMBED_JSON_BYTES || smallest > 0.5;
        if (error || fits) return error;
        fil_buffer_clear(json);
    }
}

int fil_report_page(const struct fil_buffer *title, const struct fil_buffer *json, bool embed, struct fil_buffer *buffer) {
    const char *page = fil_asset_page_html, *mark;
    for (; (mark = strstr(page, "{{")); page = strstr(mark, "}}") + 2) {
        fil_buffer_add(buffer, page, (size_t)(mark - page));
        if (strncmp(mark, "{{title}}", 9) == 0) fil_buffer_add(buffer, title->text, title->used);
        else if (strncmp(mark, "{{mode}}", 8) == 0) fil_buffer_text(buffer, embed ? "embed" : "page");
        else if (strncmp(mark, "{{style}}", 9) == 0) fil_buffer_add(buffer, fil_asset_page_css, sizeof fil_asset_page_css - 1);
        else if (strncmp(mark, "{{script}}", 10) == 0) fil_buffer_add(buffer, fil_asset_page_js, sizeof fil_asset_page_js - 1);
        else if (strncmp(mark, "{{script-hash}}", 15) == 0) fil_buffer_text(buffer, FIL_ASSET_PAGE_JS_HASH);
        else if (strncmp(mark, "{{profile}}", 11) == 0) add_escaped(buffer, json);
    }
    fil_buffer_text(buffer, page);
    return buffer->failed ? ENOMEM : 0;
}

int fil_write_html(const struct fil_report *report, const struct fil_tree *tree, bool embed, struct fil_arena *arena,
                   struct fil_buffer *buffer) {
    struct fil_buffer title = {0}, json = {0};
    fil_report_title(report, false, &title);
    int error = write_profile(report, tree, embed, arena, &json);
    if (!error) error = fil_report_page(&title, &json, embed, buffer);
    fil_buffer_clear(&title);
    fil_buffer_clear(&json);
    return error;
}
