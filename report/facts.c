/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the facts of a report in words: its kind, its title, why it has no end. fil_report_title is
 * its main entry; what it says is the same in each writer. */
#include "facts.h"

#include "arena.h"

const char *fil_report_kind_name(const struct fil_report *report) {
    return report->kind == FIL_REPORT_PEAK ? "peak" : "out-of-memory";
}

const char *fil_report_why_no_end(const struct fil_report *report) {
    if (report->older) return "it is the difference of two, at one moment of both";
    if (report->kind == FIL_REPORT_OUT_OF_MEMORY) return "it shows the moment when memory ran out";
    if (report->reason.kept_seconds > 0) return "the recording couldn't be kept until then";
    return "an older filprofiler wrote it, or the interpreter ended before the program's end was "
           "seen";
}

bool fil_report_marks_untouched(int64_t untouched, int64_t all) {
    return untouched > all / 10;
}

void fil_report_title(const struct fil_report *report, int64_t whole, bool reversed,
                      struct fil_buffer *buffer) {
    bool peak = report->kind == FIL_REPORT_PEAK;
    bool is_now = report->snapshot->end.is_now;
    fil_buffer_text(buffer, report->at_end && is_now ? "Memory in Use Now"
                            : report->at_end         ? "Memory Still in Use at the End"
                            : peak                   ? "Peak Memory"
                                                     : "Memory When It Ran Out");
    if (reversed) fil_buffer_text(buffer, ", Reversed");
    fil_buffer_format(buffer, " (%.1f MiB)", (double)whole / (1 << 20));
}

void fil_report_free(struct fil_report *report) {
    fil_arena_free(report->arena);
    report->arena = NULL;
    report->sources = NULL;
    report->passages = NULL;
    report->source_count = report->passage_count = 0;
}
