/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <string.h>

#include "writers.h"

bool fil_report_format_by_name(const char *name, enum fil_format *format) {
    static const char *const names[] = {
        "prof", "svg", "svg-reversed", "json", "html", "html-embed", "short", "summary",
    };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *format = (enum fil_format)i;
        return true;
    }
    return false;
}

/* JSON without source lines. `into.arena` holds the tree. */
struct place {
    struct fil_arena *arena;
    struct fil_buffer *buffer;
};
static int write_short(struct fil_report bare, const struct fil_tree *tree, struct place into) {
    bare.source_count = 0;
    tree = fil_tree_for_exports(tree, into.arena);
    return tree ? fil_write_json(&bare, tree, false, into.arena, into.buffer) : ENOMEM;
}

int fil_render_tree(const struct fil_report *report, const struct fil_tree *tree, enum fil_format format,
                    struct fil_buffer *buffer) {
    struct fil_arena *arena = fil_arena_new();
    if (!arena) return ENOMEM;
    int error = 0;
    switch (format) {
    case FIL_FORMAT_PROF: error = fil_write_folded(report, tree, arena, buffer); break;
    case FIL_FORMAT_SVG: error = fil_write_svg(report, tree, false, arena, buffer); break;
    case FIL_FORMAT_SVG_REVERSED: error = fil_write_svg(report, tree, true, arena, buffer); break;
    case FIL_FORMAT_JSON: error = fil_write_json(report, tree, false, arena, buffer); break;
    case FIL_FORMAT_HTML: error = fil_write_html(report, tree, false, arena, buffer); break;
    case FIL_FORMAT_SUMMARY: error = fil_write_summary(report, tree, arena, buffer); break;
    case FIL_FORMAT_SHORT: error = write_short(*report, tree, (struct place){arena, buffer}); break;
    case FIL_FORMAT_HTML_EMBED: error = fil_write_html(report, tree, true, arena, buffer); break;
    }
    fil_arena_free(arena);
    return error;
}

int fil_report_render(const struct fil_report *report, enum fil_format format, struct fil_buffer *buffer) {
    struct fil_arena *arena = fil_arena_new();
    struct fil_tree *tree = arena ? fil_tree_of(report, arena) : NULL;
    int error = tree ? fil_render_tree(report, tree, format, buffer) : ENOMEM;
    fil_arena_free(arena);
    return error;
}

bool fil_report_marks_untouched(int64_t untouched, int64_t all) {
    return untouched > all / 10;
}

void fil_report_title(const struct fil_report *report, bool reversed, struct fil_buffer *buffer) {
    bool peak = report->kind == FIL_REPORT_PEAK;
    fil_buffer_text(buffer, peak ? "Peak Tracked Memory Usage" : "Current allocations at out-of-memory time");
    if (reversed) fil_buffer_text(buffer, ", Reversed");
    fil_buffer_format(buffer, " (%.1f MiB)", (double)report->snapshot->peak_bytes / (1 << 20));
}

void fil_report_free(struct fil_report *report) {
    fil_arena_free(report->arena);
    report->arena = NULL;
    report->sources = NULL;
    report->source_count = 0;
}
