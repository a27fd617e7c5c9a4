/* SPDX-License-Identifier: Apache-2.0 */
/* The profile as JSON (docs/profile.schema.json). Written record by record: each is a small cJSON value whose memory goes when it
 * is printed, so a million nodes need no more than the text itself. */
#include <cjson/cJSON.h>
#include <string.h>

#include "cjsonmemory.h"
#include "writers.h"

#define PAGE_PERIODS 512u

/* Whether nothing in it has to be escaped: so it is with nearly all that a profile has, thousands of paths and lines. */
static bool stands_as_it_is(const char *text) {
    bool plain = true;
    for (; *text && plain; text++) plain = (unsigned char)*text >= ' ' && *text != '"' && *text != '\\';
    return plain;
}

/* A value lives in `scratch`, which is emptied again. */
static void add_escaped(struct fil_buffer *buffer, struct fil_arena *scratch, const char *text) {
    fil_cjson_begin(scratch);
    const cJSON *value = cJSON_CreateString(text);
    const char *printed = value ? cJSON_PrintUnformatted(value) : NULL;
    fil_cjson_end();
    if (printed) fil_buffer_text(buffer, printed);
    else buffer->failed = true;
    fil_arena_empty(scratch);
}

/* "name": "text", as cJSON escapes it. */
static void add_string(struct fil_buffer *buffer, struct fil_arena *scratch, const char *name, const char *text,
                       const char *after) {
    if (name) {
        fil_buffer_text(buffer, "\"");
        fil_buffer_text(buffer, name);
        fil_buffer_text(buffer, "\": ");
    }
    if (stands_as_it_is(text)) {
        fil_buffer_text(buffer, "\"");
        fil_buffer_text(buffer, text);
        fil_buffer_text(buffer, "\"");
    } else {
        add_escaped(buffer, scratch, text);
    }
    fil_buffer_text(buffer, after);
}

static void add_at_most(const struct fil_resident_most *most, struct fil_buffer *buffer) {
    fil_buffer_format(buffer,
                      ",\n \"at_most\": {\"bytes\": %lld, \"tracked_bytes\": %lld, \"files_bytes\": %lld, "
                      "\"allocator_overhead_bytes\": %lld, \"at_seconds\": %.3f}",
                      (long long)most->bytes, (long long)most->tracked, (long long)most->files,
                      (long long)most->allocator_overhead, most->at);
}

static void add_resident(const struct fil_snapshot *s, int64_t untouched, struct fil_buffer *buffer) {
    const struct fil_resident *r = &s->resident;
    fil_buffer_format(
        buffer,
        "\"resident\": {\"start_bytes\": %lld, \"at_peak_bytes\": %lld, \"most_bytes\": %lld,\n \"files_bytes\": %lld, "
        "\"allocator_overhead_bytes\": %lld, \"profiler_bytes\": %lld, \"rest_bytes\": %lld",
        (long long)r->start, (long long)r->at_peak, (long long)r->most, (long long)r->files, (long long)r->allocator_overhead,
        (long long)r->profiler, (long long)fil_report_resident_rest(s, untouched));
    if (r->at_most.bytes) add_at_most(&r->at_most, buffer);
    fil_buffer_text(buffer, "},\n");
}

static void add_header(const struct fil_report *report, int64_t untouched, struct fil_arena *scratch, struct fil_buffer *buffer) {
    const struct fil_snapshot *s = report->snapshot;
    fil_buffer_text(buffer, "{\"format\": \"filprofiler\", \"version\": 1, \"tool\": \"filprofiler " FIL_VERSION "\",\n");
    fil_buffer_format(
        buffer, "\"kind\": \"%s\", \"peak_bytes\": %lld, \"untouched_bytes\": %lld, \"error_bound_bytes\": %lld,\n\"command\": [",
        report->kind == FIL_REPORT_PEAK ? "peak" : "out-of-memory", (long long)s->peak_bytes, (long long)untouched,
        (long long)s->error_bound_bytes);
    for (int i = 0; i < report->command_count; i++)
        add_string(buffer, scratch, NULL, report->command[i], i + 1 < report->command_count ? ", " : "");
    fil_buffer_text(buffer, "],\n");
    add_string(buffer, scratch, "python", report->python, ", ");
    if (report->reason) add_string(buffer, scratch, "reason", report->reason, ", ");
    if (report->requested) fil_buffer_format(buffer, "\"requested_bytes\": %lld, ", (long long)report->requested);
    fil_buffer_format(buffer, "\"pid\": %d, \"started\": %.3f, \"seconds\": %.6f,\n", report->pid, s->started, s->seconds);
    add_resident(s, untouched, buffer);
}

/* A page needs no more points than it has pixels: `most` of them, each the most of several periods. */
static void add_timeline(const struct fil_snapshot *s, uint32_t most, struct fil_buffer *buffer) {
    uint32_t together = (s->timeline_count + most - 1) / most;
    fil_buffer_format(buffer, "\"live_bytes\": %lld, ", (long long)s->live_bytes);
    if (!s->timeline_count) return;
    fil_buffer_format(buffer, "\"peak_at_seconds\": %.3f,\n\"timeline\": {\"bucket_seconds\": %.6f, \"bytes\": [", s->peak_at,
                      s->timeline_period * together);
    for (uint32_t i = 0; i < s->timeline_count; i += together) {
        int64_t bytes = 0;
        for (uint32_t j = i; j < i + together && j < s->timeline_count; j++) {
            if (s->timeline[j] > bytes) bytes = s->timeline[j];
        }
        if (i) fil_buffer_text(buffer, ",");
        fil_buffer_number(buffer, bytes);
    }
    fil_buffer_text(buffer, "]},\n");
}

/* Only functions that nodes name, numbered anew in `number`. */
static void add_functions(const struct fil_tree *tree, uint32_t *number, struct fil_arena *scratch, struct fil_buffer *buffer) {
    for (uint32_t i = 1; i < tree->count; i++) number[tree->nodes[i].function] = 1;
    fil_buffer_text(buffer, "\"functions\": [{\"name\": \"\", \"file\": \"\", \"first_line\": 0}");
    uint32_t next = 1;
    for (uint32_t f = 1; f < tree->function_count; f++) {
        if (!number[f]) continue;
        number[f] = next++;
        fil_buffer_text(buffer, ",\n {");
        add_string(buffer, scratch, "name", tree->functions[f].name, ", ");
        add_string(buffer, scratch, "file", tree->functions[f].file, ", ");
        fil_buffer_text(buffer, "\"first_line\": ");
        fil_buffer_number(buffer, tree->functions[f].first_line);
        fil_buffer_text(buffer, "}");
    }
    fil_buffer_text(buffer, "],\n");
}

static void add_numbers(struct fil_buffer *buffer, const int64_t *numbers, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        fil_buffer_text(buffer, i ? ", " : "[");
        fil_buffer_number(buffer, numbers[i]);
    }
    fil_buffer_text(buffer, "]");
}

static void add_nodes(const struct fil_tree *tree, const uint32_t *number, bool totals, struct fil_buffer *buffer) {
    fil_buffer_text(buffer, "\"nodes\": [");
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct fil_tree_node *n = &tree->nodes[i];
        const int64_t fields[] = {n->parent, i ? number[n->function] : 0, n->line, n->own, n->allocations, n->total};
        if (i) fil_buffer_text(buffer, ",\n ");
        add_numbers(buffer, fields, totals ? 6 : 5);
    }
    fil_buffer_text(buffer, "],\n");
}

/* Only threads that parts name, and the main one, numbered anew in `number`. */
static void add_threads(const struct fil_snapshot *s, const struct fil_tree *tree, uint32_t *number, struct fil_arena *scratch,
                        struct fil_buffer *buffer) {
    for (uint32_t i = 0; i < tree->part_count; i++) number[tree->parts[i].thread] = 1;
    fil_buffer_text(buffer, "\"threads\": [");
    for (uint32_t i = 0, next = 0; i < s->thread_count; i++) {
        if (i && !number[i]) continue;
        if (i) fil_buffer_text(buffer, ", ");
        add_string(buffer, scratch, NULL, s->threads[i], "");
        number[i] = next++;
    }
    fil_buffer_text(buffer, "],\n");
}

static void add_parts(const struct fil_tree *tree, const uint32_t *thread_number, struct fil_buffer *buffer) {
    static const char *const kinds[FIL_KINDS] = {"heap", "anonymous mapping", "shared memory", "written pages of files"};
    fil_buffer_text(buffer, "\"kinds\": [");
    for (int i = 0; i < FIL_KINDS; i++) fil_buffer_format(buffer, i ? ", \"%s\"" : "\"%s\"", kinds[i]);
    fil_buffer_text(buffer, "],\n\"parts\": [");
    for (uint32_t i = 0; i < tree->part_count; i++) {
        const struct fil_snapshot_part *p = &tree->parts[i];
        if (i) fil_buffer_text(buffer, ",\n ");
        add_numbers(buffer, (int64_t[]){p->node, thread_number[p->thread], p->kind, p->bytes, p->untouched}, 5);
    }
    fil_buffer_text(buffer, "],\n");
}

static void add_files(const struct fil_tree *tree, struct fil_arena *scratch, struct fil_buffer *buffer) {
    fil_buffer_text(buffer, "\"files\": [");
    for (uint32_t i = 0; i < tree->file_count; i++) {
        const struct fil_snapshot_file *file = &tree->files[i];
        fil_buffer_text(buffer, i ? ",\n {" : "{");
        add_string(buffer, scratch, "path", file->path, ", ");
        fil_buffer_format(buffer, "\"node\": %u, \"mapped_bytes\": %lld, \"resident_bytes\": %lld%s}", file->node,
                          (long long)file->mapped_bytes, (long long)file->resident_bytes,
                          file->at_most ? ", \"moment\": \"resident\"" : "");
    }
    fil_buffer_text(buffer, "],\n");
}

/* Sources come sorted by file, so each file is one object. */
static void add_sources(const struct fil_report *report, struct fil_arena *scratch, struct fil_buffer *buffer) {
    fil_buffer_text(buffer, "\"sources\": {");
    for (uint32_t i = 0; i < report->source_count; i++) {
        const struct fil_source_line *s = &report->sources[i];
        bool first = i == 0 || strcmp(s->file, s[-1].file) != 0;
        if (first && i) fil_buffer_text(buffer, "},\n ");
        if (first) add_string(buffer, scratch, NULL, s->file, ": {");
        fil_buffer_text(buffer, first ? "\"" : ", \"");
        fil_buffer_number(buffer, s->line);
        fil_buffer_text(buffer, "\": ");
        add_string(buffer, scratch, NULL, s->text, "");
    }
    fil_buffer_text(buffer, report->source_count ? "}}}\n" : "}}\n");
}

int fil_write_json(const struct fil_report *report, const struct fil_tree *tree, bool totals, struct fil_arena *arena,
                   struct fil_buffer *buffer) {
    uint32_t *number = fil_arena_get(arena, (size_t)tree->function_count * sizeof *number);
    uint32_t *thread_number = fil_arena_get(arena, (size_t)report->snapshot->thread_count * sizeof *thread_number);
    struct fil_arena *scratch = fil_arena_new();
    if (!number || !thread_number || !scratch) {
        fil_arena_free(scratch);
        return ENOMEM;
    }
    add_header(report, tree->nodes[0].untouched, scratch, buffer);
    add_timeline(report->snapshot, totals ? PAGE_PERIODS : FIL_SNAPSHOT_MOST_PERIODS, buffer);
    add_functions(tree, number, scratch, buffer);
    add_nodes(tree, number, totals, buffer);
    add_threads(report->snapshot, tree, thread_number, scratch, buffer);
    add_parts(tree, thread_number, buffer);
    add_files(tree, scratch, buffer);
    add_sources(report, scratch, buffer);
    fil_arena_free(scratch);
    return buffer->failed ? ENOMEM : 0;
}
