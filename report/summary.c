/* SPDX-License-Identifier: Apache-2.0 */
/* The report as a few lines of text, for terminals: the peak, the lines that hold the most, mapped files if there are any, and
 * the process's resident memory beside it as an account that adds up. */
#include <string.h>

#include "children.h"
#include "writers.h"

static void add_mebibytes(struct fil_buffer *buffer, int64_t bytes) {
    fil_buffer_format(buffer, "%.1f MiB", (double)bytes / (1 << 20));
}

/* ", 6.1 MiB <what>", unless it would read 0.0. */
static void add_item(struct fil_buffer *buffer, int64_t bytes, const char *what) {
    if (bytes < 52429) return;
    fil_buffer_text(buffer, ", ");
    add_mebibytes(buffer, bytes);
    fil_buffer_format(buffer, " %s", what);
}

int64_t fil_report_resident_rest(const struct fil_snapshot *s, int64_t untouched) {
    const struct fil_resident *r = &s->resident;
    if (!r->at_peak) return 0;
    return r->at_peak - (s->peak_bytes - untouched + r->start + r->files + r->allocator_overhead + r->profiler);
}

#define TOP_LINES 5u
#define LEAST_SHOWN (50 << 10) /* bytes: less would read "0.0 MiB" */

/* `format`: of the figures, MiB and percent. */
static void add_line(const struct fil_digest *digest, const struct fil_row *row, const char *format, struct fil_buffer *buffer) {
    const struct fil_function *f = &digest->tree->functions[row->function];
    const struct fil_source_line *source = fil_report_source(digest->report, f->file, row->line);
    double whole = (double)digest->report->snapshot->peak_bytes;
    fil_buffer_format(buffer, format, (double)row->self / (1 << 20), whole > 0 ? 100 * (double)row->self / whole : 0);
    fil_buffer_line(buffer, f->file);
    if (f->file[0] != '[') { /* else not a place in a file */
        fil_buffer_format(buffer, ":%u (", row->line ? row->line : f->first_line);
        fil_buffer_line(buffer, f->name);
        fil_buffer_text(buffer, ")");
    }
    if (source) fil_buffer_text(buffer, "  ");
    if (source) fil_buffer_line(buffer, source->text);
}

/* Memory without a Python stack has no line. */
void fil_write_top_lines(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_answer *lines = &digest->answers->by[FIL_BY_LINE];
    for (uint32_t i = 0, shown = 0; i < lines->count && shown < TOP_LINES; i++) {
        const struct fil_row *row = &lines->rows[i];
        if (row->self <= 0 || (shown && row->self < LEAST_SHOWN)) break;
        if (row->key == 0) continue;
        add_line(digest, row, "%10.1f MiB  %5.1f %%  ", buffer);
        fil_buffer_text(buffer, "\n");
        shown++;
    }
}

void fil_write_largest_line(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_answer *lines = &digest->answers->by[FIL_BY_LINE];
    for (uint32_t i = 0; i < lines->count; i++) {
        if (lines->rows[i].key == 0) continue;
        if (lines->rows[i].self > 0) add_line(digest, &lines->rows[i], "%.1f MiB  %.1f %%  ", buffer);
        return;
    }
}

static void add_files(const struct fil_snapshot *s, struct fil_buffer *buffer) {
    int64_t mapped = 0, resident = 0;
    for (uint32_t i = 0; i < s->file_count; i++) {
        mapped += s->files[i].mapped_bytes;
        resident += s->files[i].resident_bytes;
    }
    fil_buffer_text(buffer, "Mapped files, which don't count: ");
    add_mebibytes(buffer, mapped);
    fil_buffer_text(buffer, ", of which ");
    add_mebibytes(buffer, resident);
    fil_buffer_text(buffer, " in memory\n");
}

static void add_children(const struct fil_snapshot *s, struct fil_buffer *buffer) {
    if (!s->children.count) return;
    fil_children_write(&s->children, buffer);
    fil_buffer_text(buffer, "\n");
}

static int64_t untouched_of(const struct fil_snapshot *s) {
    int64_t untouched = 0;
    for (uint32_t i = 0; i < s->part_count; i++) untouched += s->parts[i].untouched;
    return untouched;
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
    int64_t untouched = untouched_of(report->snapshot), peak = report->snapshot->peak_bytes;
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

static void add_resident(const struct fil_snapshot *s, struct fil_buffer *buffer) {
    const struct fil_resident *r = &s->resident;
    int64_t untouched = untouched_of(s);
    if (!r->at_peak) return;
    fil_buffer_text(buffer, "Resident memory at most: ");
    add_mebibytes(buffer, r->most);
    fil_buffer_text(buffer, " = ");
    add_mebibytes(buffer, s->peak_bytes - untouched);
    fil_buffer_text(buffer, " tracked");
    add_item(buffer, r->start, "before the recording");
    add_item(buffer, r->files, "pages of files");
    add_item(buffer, r->allocator_overhead, "allocators' overhead");
    add_item(buffer, r->profiler, "the profiler's own");
    int64_t rest = fil_report_resident_rest(s, untouched);
    add_item(buffer, rest, "not tracked");
    add_item(buffer, r->most - r->at_peak, "at another moment");
    if (rest < 0) add_item(buffer, -rest, "less: used again");
    fil_buffer_text(buffer, "\n");
}

void fil_write_account(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_snapshot *s = digest->report->snapshot;
    if (s->file_count) add_files(s, buffer);
    add_resident(s, buffer);
    if (!fil_children_are_large(&s->children, s->peak_bytes)) add_children(s, buffer);
}
