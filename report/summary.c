/* SPDX-License-Identifier: Apache-2.0 */
/* The report as a few lines of text, for terminals: the peak, the lines that hold the most, and what account.c says. */
#include <string.h>

#include "children.h"
#include "writers.h"

static void add_mebibytes(struct fil_buffer *buffer, int64_t bytes) {
    fil_buffer_format(buffer, "%.1f MiB", (double)bytes / (1 << 20));
}

#define TOP_LINES 5u

void fil_write_place(const struct fil_digest *digest, uint32_t function, uint32_t line, struct fil_buffer *buffer) {
    const struct fil_function *f = &digest->tree->functions[function];
    const struct fil_source_line *source = fil_report_source(digest->report, f->file, line);
    fil_buffer_line(buffer, f->file);
    if (f->file[0] != '[') { /* else not a place in a file */
        fil_buffer_format(buffer, ":%u (", line ? line : f->first_line);
        fil_buffer_line(buffer, f->name);
        fil_buffer_text(buffer, ")");
    }
    if (source) fil_buffer_text(buffer, "  ");
    if (source) fil_buffer_line(buffer, source->text);
}

static void add_line(const struct fil_digest *digest, const struct fil_row *row, bool in_columns, struct fil_buffer *buffer) {
    double whole = (double)digest->report->snapshot->peak_bytes, share = whole > 0 ? 100 * (double)row->self / whole : 0;
    fil_buffer_format(buffer, in_columns ? "%10.1f MiB  %5.1f %%  " : "%.1f MiB  %.1f %%  ", (double)row->self / (1 << 20),
                      share);
    fil_write_place(digest, row->function, row->line, buffer);
}

/* Memory without a Python stack has no line. */
void fil_write_top_lines(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_answer *lines = &digest->answers->by[FIL_BY_LINE];
    for (uint32_t i = 0, shown = 0; i < lines->count && shown < TOP_LINES; i++) {
        const struct fil_row *row = &lines->rows[i];
        if (row->self <= 0 || (shown && row->self < FIL_LEAST_SHOWN)) break;
        if (row->key == 0) continue;
        add_line(digest, row, true, buffer);
        fil_buffer_text(buffer, "\n");
        shown++;
    }
}

void fil_write_largest_line(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_answer *lines = &digest->answers->by[FIL_BY_LINE];
    for (uint32_t i = 0; i < lines->count; i++) {
        if (lines->rows[i].key == 0) continue;
        if (lines->rows[i].self > 0) add_line(digest, &lines->rows[i], false, buffer);
        return;
    }
}

static void add_children(const struct fil_snapshot *s, struct fil_buffer *buffer) {
    if (!s->children.count) return;
    fil_children_write(&s->children, buffer);
    fil_buffer_text(buffer, "\n");
}

static void add_reason(const struct fil_reason *reason, struct fil_buffer *buffer) {
    struct fil_buffer words = {0};
    fil_reason_write(reason, &words);
    fil_buffer_add(&words, "", 1); /* its NUL */
    if (!words.failed) fil_buffer_line(buffer, words.text);
    buffer->failed |= words.failed;
    fil_buffer_clear(&words);
    fil_buffer_text(buffer, "\n");
}

void fil_write_headline(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_report *report = digest->report;
    int64_t untouched = digest->tree->nodes[0].untouched, peak = report->snapshot->peak_bytes;
    if (report->reason.kind) add_reason(&report->reason, buffer);
    fil_buffer_text(buffer, report->kind == FIL_REPORT_PEAK ? "Peak memory: "
                            : report->requested             ? "Memory at that time, with what was asked for: "
                                                            : "Memory at that time: ");
    add_mebibytes(buffer, peak);
    if (fil_report_marks_untouched(untouched, peak)) {
        fil_buffer_text(buffer, " (");
        add_mebibytes(buffer, untouched);
        fil_buffer_text(buffer, " of it was asked for and never touched)");
    }
    fil_buffer_text(buffer, "\n");
    if (fil_children_are_large(&report->snapshot->children, peak)) add_children(report->snapshot, buffer);
}
