/* SPDX-License-Identifier: Apache-2.0 */
/* The report as a few lines of text, for terminals: the peak, the lines that hold the most, mapped files if there are any, and
 * the process's resident memory beside it as an account that adds up. */
#include <string.h>

#include "children.h"
#include "treebuilder.h"
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

/* A tree whose root's children are lines, each with what it holds by itself over all stacks. What the import system holds counts
 * for the line that imports. */
static struct fil_tree *lines_of(const struct fil_tree *tree, struct fil_arena *arena) {
    static const struct fil_snapshot nothing = {0};
    struct fil_treebuilder *builder = fil_treebuilder_new(tree->functions, tree->function_count, tree->count, arena);
    for (uint32_t i = 1; builder && i < tree->count; i++) {
        uint32_t at = i;
        while (at && strncmp(tree->functions[tree->nodes[at].function].file, "<frozen importlib", 17) == 0)
            at = tree->nodes[at].parent;
        if (!at || tree->nodes[i].own <= 0) continue;
        uint32_t line = fil_treebuilder_child(builder, 0, tree->nodes[at].function, tree->nodes[at].line);
        fil_treebuilder_own(builder, line, tree->nodes[i].own, 0);
    }
    return builder ? fil_treebuilder_finish(builder, &nothing, NULL) : NULL;
}

static void add_line(const struct fil_report *report, const struct fil_tree *lines, uint32_t line, struct fil_buffer *buffer) {
    const struct fil_tree_node *node = &lines->nodes[line];
    const struct fil_function *f = &lines->functions[node->function];
    const struct fil_source_line *source = fil_report_source(report, f->file, node->line);
    double whole = (double)report->snapshot->peak_bytes;
    fil_buffer_format(buffer, "%10.1f MiB  %5.1f %%  ", (double)node->own / (1 << 20),
                      whole > 0 ? 100 * (double)node->own / whole : 0);
    fil_buffer_line(buffer, f->file);
    if (f->file[0] != '[') { /* else not a place in a file */
        fil_buffer_format(buffer, ":%u (", node->line ? node->line : f->first_line);
        fil_buffer_line(buffer, f->name);
        fil_buffer_text(buffer, ")");
    }
    if (source) fil_buffer_text(buffer, "  ");
    if (source) fil_buffer_line(buffer, source->text);
    fil_buffer_text(buffer, "\n");
}

static bool add_top_lines(const struct fil_report *report, const struct fil_tree *tree, struct fil_arena *arena,
                          struct fil_buffer *buffer) {
    struct fil_tree *lines = lines_of(tree, arena);
    uint32_t count = 0, *largest = lines ? fil_tree_owners(lines, arena, &count) : NULL;
    for (uint32_t i = 0; largest && i < count && i < TOP_LINES; i++) {
        if (i && lines->nodes[largest[i]].own < LEAST_SHOWN) break;
        add_line(report, lines, largest[i], buffer);
    }
    return largest;
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

int fil_write_summary(const struct fil_report *report, const struct fil_tree *tree, struct fil_arena *arena,
                      struct fil_buffer *buffer) {
    const struct fil_snapshot *s = report->snapshot;
    const struct fil_resident *r = &s->resident;
    int64_t untouched = 0;
    for (uint32_t i = 0; i < s->part_count; i++) untouched += s->parts[i].untouched;
    if (report->reason) {
        fil_buffer_line(buffer, report->reason);
        fil_buffer_text(buffer, "\n");
    }
    fil_buffer_text(buffer, report->kind == FIL_REPORT_PEAK ? "Peak memory: "
                            : report->requested             ? "Memory at that time, with what was asked for: "
                                                            : "Memory at that time: ");
    add_mebibytes(buffer, s->peak_bytes);
    if (fil_report_marks_untouched(untouched, s->peak_bytes)) {
        fil_buffer_text(buffer, " (");
        add_mebibytes(buffer, untouched);
        fil_buffer_text(buffer, " of it was asked for and never touched)");
    }
    fil_buffer_text(buffer, "\n");
    bool are_large = fil_children_are_large(&s->children, s->peak_bytes);
    if (are_large) add_children(s, buffer);
    if (!add_top_lines(report, tree, arena, buffer)) return ENOMEM;
    if (s->file_count) add_files(s, buffer);
    if (!r->at_peak && !are_large) add_children(s, buffer);
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
    if (!are_large) add_children(s, buffer);
    return buffer->failed ? ENOMEM : 0;
}
