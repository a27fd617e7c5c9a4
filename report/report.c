/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of a report's formats, and which writer makes each. fil_report_render is its main
 * entry. */
#include "report.h"

#include <string.h>

#include "texts.h"

bool fil_report_format_by_name(const char *name, enum fil_format *format) {
    static const char *const names[FIL_FORMATS] = {
        "prof",     "svg",     "svg-reversed", "json",       "html", "html-embed", "summary",
        "headline", "account", "largest",      "html-small", "end",  "notes",      "facts"};
    for (unsigned i = 0; i < FIL_FORMATS; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *format = (enum fil_format)i;
        return true;
    }
    return false;
}

static void write_text(const struct fil_digest *digest, enum fil_format format,
                       struct fil_arena *arena, struct fil_buffer *buffer) {
    const struct fil_look look = {.here = digest->report->cwd};
    const struct fil_view view = {.digest = digest, .look = &look, .arena = arena};
    switch (format) {
    case FIL_FORMAT_HEADLINE: fil_text_headline(&view, true, buffer); break;
    case FIL_FORMAT_ACCOUNT: fil_text_account(&view, buffer); break;
    case FIL_FORMAT_LARGEST: fil_text_largest(&view, buffer); break;
    case FIL_FORMAT_END: fil_text_left(&view, buffer); break;
    case FIL_FORMAT_NOTES: fil_text_notes(&view, buffer); break;
    default: fil_text_first(&view, buffer); fil_text_account(&view, buffer);
    }
}

/* Both moments stand in one JSON. */
static int write_whole_json(const struct fil_digest *digest, struct fil_arena *arena,
                            struct fil_buffer *buffer) {
    struct fil_shown shown;
    fil_shown_whole(&shown, digest->whole ? digest->whole : digest);
    return fil_write_json(&shown, arena, buffer);
}

int fil_render_digest(const struct fil_digest *digest, enum fil_format format,
                      struct fil_buffer *buffer) {
    const struct fil_report *report = digest->report;
    struct fil_arena *arena = fil_arena_new();
    if (!arena) return ENOMEM;
    int error = 0;
    switch (format) {
    case FIL_FORMAT_PROF: error = fil_write_folded(digest, arena, buffer); break;
    case FIL_FORMAT_SVG: error = fil_write_svg(digest, false, arena, buffer); break;
    case FIL_FORMAT_SVG_REVERSED: error = fil_write_svg(digest, true, arena, buffer); break;
    case FIL_FORMAT_JSON: error = write_whole_json(digest, arena, buffer); break;
    case FIL_FORMAT_HTML: error = fil_write_html(digest, FIL_PAGE_WHOLE, arena, buffer); break;
    case FIL_FORMAT_HTML_SMALL:
        error = fil_write_html(digest, FIL_PAGE_SMALL, arena, buffer);
        break;
    case FIL_FORMAT_HTML_EMBED:
        error = fil_write_html(digest, FIL_PAGE_EMBED, arena, buffer);
        break;
    case FIL_FORMAT_SUMMARY:
    case FIL_FORMAT_HEADLINE:
    case FIL_FORMAT_ACCOUNT:
    case FIL_FORMAT_END:
    case FIL_FORMAT_NOTES:
    case FIL_FORMAT_LARGEST: write_text(digest, format, arena, buffer); break;
    case FIL_FORMAT_FACTS:
        fil_write_facts(digest, arena, buffer);
        if (report->snapshot->end.is_known)
            fil_buffer_format(buffer, ",\n\"end\": {\"bytes\": %lld%s}",
                              (long long)report->snapshot->end.bytes,
                              report->snapshot->end.is_now ? ", \"now\": true" : "");
        fil_buffer_text(buffer, "}\n");
        break;
    case FIL_FORMATS: break;
    }
    fil_arena_free(arena);
    return buffer->failed ? ENOMEM : error;
}

int fil_report_render(const struct fil_report *report, enum fil_format format,
                      struct fil_buffer *buffer) {
    struct fil_arena *arena = fil_arena_new();
    struct fil_digest digest;
    bool made = arena && fil_digest_make(&digest, report, NULL, arena);
    int error = made ? fil_render_digest(&digest, format, buffer) : ENOMEM;
    fil_arena_free(arena);
    return error;
}
