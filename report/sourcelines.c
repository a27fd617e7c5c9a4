/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the order of a report's source lines. fil_report_source is its main entry. */
#include "sourcelines.h"

#include <string.h>

#include "arena.h"

static bool is_before(const struct fil_source_line *a, const struct fil_source_line *b) {
    int order = a->file == b->file ? 0 : strcmp(a->file, b->file);
    return order < 0 || (order == 0 && a->line < b->line);
}

/* A merge sort from runs of one upwards, into `other` and back. */
void fil_sourcelines_sort(struct fil_source_line *lines, struct fil_source_line *other,
                          uint32_t count) {
    for (uint64_t width = 1; width < count; width *= 2) {
        for (uint64_t start = 0; start < count; start += 2 * width) {
            uint64_t a = start, middle = start + width < count ? start + width : count;
            uint64_t b = middle, end = middle + width < count ? middle + width : count;
            for (uint64_t to = start; to < end; to++)
                other[to] = b == end || (a < middle && !is_before(&lines[b], &lines[a]))
                                ? lines[a++]
                                : lines[b++];
        }
        memcpy(lines, other, count * sizeof *lines);
    }
}

void fil_report_sort_sources(struct fil_report *report) {
    struct fil_arena *scratch = fil_arena_new();
    void *other =
        scratch ? fil_arena_get(scratch, (size_t)report->source_count * sizeof *report->sources)
                : NULL;
    if (other) fil_sourcelines_sort(report->sources, other, report->source_count);
    else report->source_count = 0;
    fil_arena_free(scratch);
}

uint32_t fil_report_source_position(const struct fil_report *report, const char *file,
                                    uint32_t line) {
    const struct fil_source_line wanted = {file, line, ""};
    uint32_t low = 0, high = report->source_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (is_before(&report->sources[middle], &wanted)) low = middle + 1;
        else high = middle;
    }
    return low;
}

const struct fil_source_line *fil_report_source(const struct fil_report *report, const char *file,
                                                uint32_t line) {
    const struct fil_source_line wanted = {file, line, ""};
    uint32_t low = fil_report_source_position(report, file, line);
    bool found = low < report->source_count && !is_before(&wanted, &report->sources[low]);
    return found ? &report->sources[low] : NULL;
}
