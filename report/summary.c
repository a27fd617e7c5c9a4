/* SPDX-License-Identifier: Apache-2.0 */
/* The report in two or three lines of text: the peak, mapped files if there are any, and the process's resident memory beside it
 * as an account that adds up. */
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

int fil_report_summary(const struct fil_report *report, struct fil_buffer *buffer) {
    const struct fil_snapshot *s = report->snapshot;
    const struct fil_resident *r = &s->resident;
    int64_t untouched = 0;
    for (uint32_t i = 0; i < s->part_count; i++) untouched += s->parts[i].untouched;
    if (report->reason) {
        fil_buffer_text(buffer, report->reason);
        fil_buffer_text(buffer, "\n");
    }
    fil_buffer_text(buffer, report->kind == FIL_REPORT_PEAK ? "Peak memory: " : "Memory at that time, with what was asked for: ");
    add_mebibytes(buffer, s->peak_bytes);
    if (fil_report_marks_untouched(untouched, s->peak_bytes)) {
        fil_buffer_text(buffer, " (");
        add_mebibytes(buffer, untouched);
        fil_buffer_text(buffer, " of it was asked for and never touched)");
    }
    fil_buffer_text(buffer, "\n");
    if (s->file_count) add_files(s, buffer);
    if (!r->at_peak) return buffer->failed ? ENOMEM : 0;
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
    return buffer->failed ? ENOMEM : 0;
}
