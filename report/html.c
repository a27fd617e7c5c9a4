/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the page: web/page.html with styles, script and the profile's JSON put in, from which the
 * page draws. fil_write_html is its main entry. */
#include <string.h>

#include "assets.h"
#include "report.h"
#include "rows.h"
#include "writers.h"

/* The most of a page's tree and of each answer; in a notebook to begin with: less where texts are
 * long. */
static const struct fil_most most_of[] = {[FIL_PAGE_WHOLE] = {60000, 5000, FIL_TEXTS_WHOLE},
                                          [FIL_PAGE_SMALL] = {1000, 60, FIL_TEXTS_NONE},
                                          [FIL_PAGE_EMBED] = {12000, 300, FIL_TEXTS_WHOLE}};
#define FEWEST_ROWS 60u
/* As text of an attribute: with script and styles a notebook's output stays below 300 KB. */
#define EMBED_JSON_BYTES 195000u

/* JSON for a <script> element: nothing in it can end the element. */
static void add_escaped(struct fil_buffer *buffer, const struct fil_buffer *json) {
    const char *at = json->text, *end = json->text + json->used, *mark;
    while (at < end && (mark = memchr(at, '<', (size_t)(end - at)))) {
        fil_buffer_add(buffer, at, (size_t)(mark - at));
        fil_buffer_text(buffer, "\\u003c");
        at = mark + 1;
    }
    fil_buffer_add(buffer, at, (size_t)(end - at));
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

/* Whole files are the first to go. */
static void take_less(struct fil_most *most, bool has_texts) {
    if (has_texts && most->texts != FIL_TEXTS_NONE) {
        most->texts++;
        return;
    }
    most->nodes = most->nodes * 2 / 3;
    if (most->rows > FEWEST_ROWS) most->rows = most->rows * 2 / 3;
}

/* The profile's JSON, cut until it fits. */
static int write_profile(const struct fil_digest *digest, enum fil_page page,
                         struct fil_arena *arena, struct fil_buffer *json) {
    for (struct fil_most most = most_of[page];; take_less(&most, digest->report->passage_count)) {
        struct fil_shown shown;
        bool made = fil_shown_cut(&shown, digest, most, arena);
        int error = made ? fil_write_json(&shown, arena, json) : ENOMEM;
        bool fits = page != FIL_PAGE_EMBED || length_in_attribute(json) <= EMBED_JSON_BYTES ||
                    most.nodes < 16;
        if (error || fits) return error;
        fil_buffer_clear(json);
    }
}

int fil_report_page(const struct fil_buffer *title, const struct fil_buffer *json, bool embed,
                    struct fil_buffer *buffer) {
    const char *page = fil_asset_page_html, *mark;
    for (; (mark = strstr(page, "{{")); page = strstr(mark, "}}") + 2) {
        fil_buffer_add(buffer, page, (size_t)(mark - page));
        if (strncmp(mark, "{{title}}", 9) == 0) fil_buffer_add(buffer, title->text, title->used);
        else if (strncmp(mark, "{{mode}}", 8) == 0)
            fil_buffer_text(buffer, embed ? "embed" : "page");
        else if (strncmp(mark, "{{style}}", 9) == 0)
            fil_buffer_add(buffer, fil_asset_page_css, sizeof fil_asset_page_css - 1);
        else if (strncmp(mark, "{{script}}", 10) == 0)
            fil_buffer_add(buffer, fil_asset_page_js, sizeof fil_asset_page_js - 1);
        else if (strncmp(mark, "{{script-hash}}", 15) == 0)
            fil_buffer_text(buffer, FIL_ASSET_PAGE_JS_HASH);
        else if (strncmp(mark, "{{profile}}", 11) == 0) add_escaped(buffer, json);
    }
    fil_buffer_text(buffer, page);
    return buffer->failed ? ENOMEM : 0;
}

int fil_write_html(const struct fil_digest *digest, enum fil_page page, struct fil_arena *arena,
                   struct fil_buffer *buffer) {
    if (digest->whole) digest = digest->whole; /* a page shows both moments */
    struct fil_buffer title = {0}, json = {0};
    fil_report_title(digest->report, fil_rows_whole(digest), false, &title);
    int error = write_profile(digest, page, arena, &json);
    if (!error) error = fil_report_page(&title, &json, page == FIL_PAGE_EMBED, buffer);
    fil_buffer_clear(&title);
    fil_buffer_clear(&json);
    return error;
}
