/* SPDX-License-Identifier: Apache-2.0 */
/* The report as a few lines of text, for terminals: the peak, the lines that hold the most, and what account.c says. */
#include <string.h>

#include "children.h"
#include "writers.h"

static void add_mebibytes(struct fil_buffer *buffer, int64_t bytes) {
    fil_buffer_format(buffer, "%.1f MiB", (double)bytes / (1 << 20));
}

#define TOP_LINES 3u
#define TOP_IMPORTS 3u
#define LEAST_AT_END (1 << 20) /* bytes: less is what a program keeps anyway, */
#define SHARE_AT_END 20        /* and less than this part of the peak is not what made it */

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

static bool is_import(const struct fil_digest *digest, const struct fil_row *row) {
    return row->key >= digest->tree->first_import;
}

static void add_share(const struct fil_digest *digest, int64_t bytes, bool in_columns, struct fil_buffer *buffer) {
    double whole = (double)digest->report->snapshot->peak_bytes, share = whole > 0 ? 100 * (double)bytes / whole : 0;
    fil_buffer_format(buffer, in_columns ? "%10.1f MiB  %5.1f %%  " : "%.1f MiB  %.1f %%  ", (double)bytes / (1 << 20), share);
}

static void add_row(const struct fil_digest *digest, const struct fil_row *row, bool in_columns, struct fil_buffer *buffer) {
    add_share(digest, row->self, in_columns, buffer);
    if (is_import(digest, row)) fil_buffer_line(buffer, digest->tree->functions[row->key].name);
    else fil_write_place(digest, row->function, row->line, buffer);
    if (!row->below) return;
    fil_buffer_text(buffer, "  in ");
    fil_buffer_line(buffer, digest->answers->places->packages[row->below].name);
}

/* All imports together, and the largest of them by name. */
static void add_imports(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_answer *rows = &digest->answers->by[FIL_BY_OWN];
    int64_t sum = 0;
    for (uint32_t i = 0; i < rows->count; i++) sum += is_import(digest, &rows->rows[i]) ? rows->rows[i].self : 0;
    if (sum < FIL_LEAST_SHOWN || sum < digest->report->snapshot->peak_bytes / 100) return;
    add_share(digest, sum, true, buffer);
    fil_buffer_text(buffer, "imports: ");
    for (uint32_t i = 0, shown = 0; i < rows->count && shown < TOP_IMPORTS; i++) {
        const struct fil_row *row = &rows->rows[i];
        if (!is_import(digest, row) || (shown && row->self < FIL_LEAST_SHOWN)) continue;
        const char *name = digest->tree->functions[row->key].name;
        fil_buffer_text(buffer, shown++ ? ", " : "");
        fil_buffer_line(buffer, strncmp(name, "import ", 7) == 0 ? name + 7 : name);
        fil_buffer_format(buffer, " %.1f MiB", (double)row->self / (1 << 20));
    }
    fil_buffer_text(buffer, "\n");
}

/* What is below half a percent of the largest isn't shown. Memory without a Python stack has no
 * line. */
void fil_write_top_lines(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_answer *rows = &digest->answers->by[FIL_BY_OWN];
    for (uint32_t i = 0, shown = 0; i < rows->count && shown < TOP_LINES; i++) {
        const struct fil_row *row = &rows->rows[i];
        bool is_little = row->self < FIL_LEAST_SHOWN || row->self < rows->rows[0].self / 200;
        if (row->self <= 0 || (shown && is_little)) break;
        if (row->key == 0 || is_import(digest, row)) continue;
        add_row(digest, row, true, buffer);
        fil_buffer_text(buffer, "\n");
        shown++;
    }
    add_imports(digest, buffer);
}

void fil_write_largest_line(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_answer *rows = &digest->answers->by[FIL_BY_OWN];
    for (uint32_t i = 0; i < rows->count; i++) {
        if (rows->rows[i].key == 0) continue;
        if (rows->rows[i].self > 0) add_row(digest, &rows->rows[i], false, buffer);
        return;
    }
}

static const char *end_title(const struct fil_report *report) {
    return report->snapshot->end.is_now ? "In use now: " : "Still in use at the end: ";
}

static bool is_line(const struct fil_digest *digest, const struct fil_row *row) {
    return row->key && !is_import(digest, row) && digest->tree->functions[row->function].file[0] != '[';
}

/* What lines hold, imports apart, which stay in every program; and the line that holds the most. */
static int64_t held_by_lines(const struct fil_digest *digest, const struct fil_row **largest) {
    const struct fil_answer *rows = &digest->answers->by[FIL_BY_OWN];
    int64_t held = 0;
    for (uint32_t i = rows->count; i-- > 0;) {
        if (!is_line(digest, &rows->rows[i])) continue;
        held += rows->rows[i].self;
        *largest = &rows->rows[i];
    }
    return held;
}

/* "12.0 MiB of it by job.py:7 (main)  rows = load()"; of a figure that reads the same, "by" alone. */
static void add_largest(const struct fil_digest *end, const struct fil_row *row, int64_t whole, struct fil_buffer *buffer) {
    if (whole - row->self < FIL_LEAST_SHOWN) {
        fil_buffer_text(buffer, " by ");
    } else {
        fil_buffer_text(buffer, ", ");
        add_mebibytes(buffer, row->self);
        fil_buffer_text(buffer, " of it by ");
    }
    fil_write_place(end, row->function, row->line, buffer);
    fil_buffer_text(buffer, "\n");
}

/* A notebook's cell has no command line. */
void fil_write_end(const struct fil_digest *end, struct fil_buffer *buffer) {
    const struct fil_row *largest = NULL;
    const struct fil_report *report = end->report;
    bool is_cell = report->command_count == 0;
    int64_t held = held_by_lines(end, &largest), peak = end->whole->report->snapshot->peak_bytes;
    if (held < LEAST_AT_END || held < peak / SHARE_AT_END) return;
    int64_t whole = is_cell ? held : report->snapshot->peak_bytes;
    fil_buffer_text(buffer, is_cell ? "Kept after the cell: " : end_title(report));
    add_mebibytes(buffer, whole);
    add_largest(end, largest, whole, buffer);
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
    fil_buffer_text(buffer, report->at_end                    ? end_title(report)
                            : report->kind == FIL_REPORT_PEAK ? "Peak memory: "
                            : report->requested               ? "Memory at that time, with what was asked for: "
                                                              : "Memory at that time: ");
    add_mebibytes(buffer, peak);
    if (fil_report_marks_untouched(untouched, peak)) {
        fil_buffer_text(buffer, " (");
        add_mebibytes(buffer, untouched);
        fil_buffer_text(buffer, " of it was asked for and never touched)");
    }
    if (report->at_end && digest->whole) {
        fil_buffer_text(buffer, ", of a peak of ");
        add_mebibytes(buffer, digest->whole->report->snapshot->peak_bytes);
    }
    fil_buffer_text(buffer, "\n");
    if (!report->at_end && fil_children_are_large(&report->snapshot->children, peak)) add_children(report->snapshot, buffer);
}
