/* SPDX-License-Identifier: Apache-2.0 */
/* The report as a few lines of text, for terminals: the peak, the lines that hold the most, mapped files if there are any, and
 * the process's resident memory beside it as an account that adds up. */
#include <string.h>

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
#define TOP_FILES 3u
#define NEAR_SHARE 64          /* as near to the peak as resident memory is read for it */
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

/* "f.py:7 (main)  data = open(path)" */
static void add_place(const struct fil_report *report, const struct fil_tree *tree, uint32_t place, struct fil_buffer *buffer) {
    const struct fil_tree_node *node = &tree->nodes[place];
    const struct fil_function *f = &tree->functions[node->function];
    const struct fil_source_line *source = fil_report_source(report, f->file, node->line);
    fil_buffer_line(buffer, f->file);
    if (f->file[0] != '[') { /* else not a place in a file */
        fil_buffer_format(buffer, ":%u (", node->line ? node->line : f->first_line);
        fil_buffer_line(buffer, f->name);
        fil_buffer_text(buffer, ")");
    }
    if (source) fil_buffer_text(buffer, "  ");
    if (source) fil_buffer_line(buffer, source->text);
}

static void add_line(const struct fil_report *report, const struct fil_tree *lines, uint32_t line, struct fil_buffer *buffer) {
    double own = (double)lines->nodes[line].own, whole = (double)report->snapshot->peak_bytes;
    fil_buffer_format(buffer, "%10.1f MiB  %5.1f %%  ", own / (1 << 20), whole > 0 ? 100 * own / whole : 0);
    add_place(report, lines, line, buffer);
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

/* Whether it is a library's: installed, or Python's own. */
static bool is_library(const struct fil_function *f) {
    static const char *const marks[] = {"/site-packages/", "/dist-packages/", "/lib/python"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (strstr(f->file, marks[i])) return true;
    }
    return f->file[0] == '<';
}

/* The program's own line that led to it; where there is none, the innermost line. */
static uint32_t own_line_above(const struct fil_tree *tree, uint32_t node) {
    uint32_t at = node;
    while (at && is_library(&tree->functions[tree->nodes[at].function])) at = tree->nodes[at].parent;
    return at ? at : node;
}

static void add_file(const struct fil_report *report, const struct fil_tree *tree, const struct fil_snapshot_file *file,
                     struct fil_buffer *buffer) {
    uint32_t place = own_line_above(tree, file->node);
    fil_buffer_format(buffer, "%10.1f MiB mapped, %.1f MiB in memory%s: ", (double)file->mapped_bytes / (1 << 20),
                      (double)file->resident_bytes / (1 << 20), file->at_most ? " when resident memory was largest" : "");
    fil_buffer_line(buffer, *file->path ? file->path : "(unknown file)");
    if (place) fil_buffer_text(buffer, ", mapped at ");
    if (place) add_place(report, tree, place, buffer);
    fil_buffer_text(buffer, "\n");
}

/* The largest in memory. `below`: the one before, NULL for the first. Of equal ones each has its
 * turn. */
static const struct fil_snapshot_file *next_file(const struct fil_tree *tree, const struct fil_snapshot_file *below) {
    const struct fil_snapshot_file *next = NULL;
    for (uint32_t i = 0; i < tree->file_count; i++) {
        const struct fil_snapshot_file *file = &tree->files[i];
        bool is_left = !below || file->resident_bytes < below->resident_bytes ||
                       (file->resident_bytes == below->resident_bytes && file > below);
        if (is_left && (!next || file->resident_bytes > next->resident_bytes)) next = file;
    }
    return next;
}

static void add_files(const struct fil_report *report, const struct fil_tree *tree, struct fil_buffer *buffer) {
    int64_t mapped = 0, resident = 0;
    for (uint32_t i = 0; i < tree->file_count; i++) {
        mapped += tree->files[i].mapped_bytes;
        resident += tree->files[i].resident_bytes;
    }
    fil_buffer_text(buffer, "Mapped files, which don't count: ");
    add_mebibytes(buffer, mapped);
    fil_buffer_text(buffer, ", of which ");
    add_mebibytes(buffer, resident);
    fil_buffer_text(buffer, " in memory\n");
    const struct fil_snapshot_file *file = next_file(tree, NULL);
    for (uint32_t i = 0; file && i < TOP_FILES; i++, file = next_file(tree, file)) {
        if (i && file->resident_bytes < LEAST_SHOWN) break;
        add_file(report, tree, file, buffer);
    }
}

/* What resident memory is made of at one moment; bytes. */
struct account {
    int64_t whole, tracked, files, overhead, rest;
};

static int64_t smallest(int64_t a, int64_t b, int64_t c) {
    int64_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* When resident memory was largest; where that isn't known, at the peak. What was never touched is
 * known of the peak: at another moment it is as much of that as must have been, for the figures to
 * add up. */
static struct account account_of(const struct fil_snapshot *s, int64_t untouched) {
    const struct fil_resident *r = &s->resident;
    const struct fil_resident_most *most = &r->at_most;
    struct account a = {most->bytes, most->tracked, most->files, most->allocator_overhead, 0};
    if (!most->bytes) a = (struct account){r->at_peak, s->peak_bytes, r->files, r->allocator_overhead, 0};
    a.rest = a.whole - (a.tracked + r->start + a.files + a.overhead + r->profiler);
    bool is_peak = a.tracked >= s->peak_bytes - s->peak_bytes / NEAR_SHARE;
    int64_t absent = is_peak ? untouched : a.rest < 0 ? smallest(-a.rest, untouched, a.tracked) : 0;
    a.tracked -= absent;
    a.rest += absent;
    return a;
}

static void add_account(const struct fil_snapshot *s, int64_t untouched, struct fil_buffer *buffer) {
    const struct fil_resident *r = &s->resident;
    struct account a = account_of(s, untouched);
    fil_buffer_text(buffer, "Resident memory at most: ");
    add_mebibytes(buffer, r->most);
    if (r->at_most.bytes) fil_buffer_format(buffer, ", after %.1f s", r->at_most.at);
    fil_buffer_text(buffer, " = ");
    add_mebibytes(buffer, a.tracked);
    fil_buffer_text(buffer, " tracked");
    add_item(buffer, r->start, "before the recording");
    add_item(buffer, a.files, s->file_count ? "pages of files (those above, and libraries)" : "pages of files");
    add_item(buffer, a.overhead, "allocators' overhead");
    add_item(buffer, r->profiler, "the profiler's own");
    add_item(buffer, a.rest, "not tracked");
    add_item(buffer, r->most - a.whole, "at another moment");
    if (a.rest < 0) add_item(buffer, -a.rest, "less: used again, or never touched");
    fil_buffer_text(buffer, "\n");
}

int fil_write_summary(const struct fil_report *report, const struct fil_tree *tree, struct fil_arena *arena,
                      struct fil_buffer *buffer) {
    const struct fil_snapshot *s = report->snapshot;
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
    if (!add_top_lines(report, tree, arena, buffer)) return ENOMEM;
    if (tree->file_count) add_files(report, tree, buffer);
    if (s->resident.most) add_account(s, untouched, buffer);
    return buffer->failed ? ENOMEM : 0;
}
