/* SPDX-License-Identifier: Apache-2.0 */
/* The profile as JSON (docs/profile.schema.json). Written record by record: each is a small cJSON value whose memory goes when it
 * is printed, so a million nodes need no more than the text itself. */
#include <cjson/cJSON.h>
#include <string.h>

#include "cjsonmemory.h"
#include "writers.h"

/* Prints `value` (NULL: no memory) in an arena of its own. */
static void add_value(struct fil_buffer *buffer, const cJSON *value) {
    char *text = value ? cJSON_PrintUnformatted(value) : NULL;
    if (text) fil_buffer_text(buffer, text);
    else buffer->failed = true;
}

/* "name":"text", as cJSON escapes it. */
static void add_string(struct fil_buffer *buffer, const char *name, const char *text, const char *after) {
    struct fil_arena *arena = fil_arena_new();
    if (!arena) {
        buffer->failed = true;
        return;
    }
    fil_cjson_begin(arena);
    if (name) fil_buffer_format(buffer, "\"%s\": ", name);
    add_value(buffer, cJSON_CreateString(text));
    fil_cjson_end();
    fil_arena_free(arena);
    fil_buffer_text(buffer, after);
}

static void add_header(const struct fil_report *report, struct fil_buffer *buffer) {
    const struct fil_snapshot *s = report->snapshot;
    fil_buffer_text(buffer, "{\"format\": \"filprofiler\", \"version\": 1, \"tool\": \"filprofiler " FIL_VERSION "\",\n");
    fil_buffer_format(buffer, "\"kind\": \"%s\", \"peak_bytes\": %lld, \"error_bound_bytes\": %lld,\n\"command\": [",
                      report->kind == FIL_REPORT_PEAK ? "peak" : "out-of-memory", (long long)s->peak_bytes,
                      (long long)s->error_bound_bytes);
    for (int i = 0; i < report->command_count; i++)
        add_string(buffer, NULL, report->command[i], i + 1 < report->command_count ? ", " : "");
    fil_buffer_text(buffer, "],\n");
    add_string(buffer, "python", report->python, ", ");
    fil_buffer_format(buffer, "\"pid\": %d, \"started\": %.3f, \"seconds\": %.6f,\n", report->pid, s->started, s->seconds);
    fil_buffer_format(buffer, "\"resident_start_bytes\": %lld, \"resident_peak_bytes\": %lld, \"profiler_bytes\": %lld,\n",
                      (long long)s->resident_start_bytes, (long long)s->resident_peak_bytes, (long long)s->profiler_bytes);
}

/* Only functions that nodes name, numbered anew in `number`. */
static void add_functions(const struct fil_tree *tree, uint32_t *number, struct fil_buffer *buffer) {
    for (uint32_t i = 1; i < tree->count; i++) number[tree->nodes[i].function] = 1;
    fil_buffer_text(buffer, "\"functions\": [{\"name\": \"\", \"file\": \"\", \"first_line\": 0}");
    uint32_t next = 1;
    for (uint32_t f = 1; f < tree->function_count; f++) {
        if (!number[f]) continue;
        number[f] = next++;
        fil_buffer_text(buffer, ",\n {");
        add_string(buffer, "name", tree->functions[f].name, ", ");
        add_string(buffer, "file", tree->functions[f].file, ", ");
        fil_buffer_format(buffer, "\"first_line\": %u}", tree->functions[f].first_line);
    }
    fil_buffer_text(buffer, "],\n");
}

static void add_nodes(const struct fil_tree *tree, const uint32_t *number, bool totals, struct fil_buffer *buffer) {
    fil_buffer_text(buffer, "\"nodes\": [");
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct fil_tree_node *n = &tree->nodes[i];
        fil_buffer_format(buffer, "%s[%u, %u, %u, %lld, %u", i ? ",\n " : "", n->parent, i ? number[n->function] : 0, n->line,
                          (long long)n->own, n->allocations);
        if (totals) fil_buffer_format(buffer, ", %lld", (long long)n->total);
        fil_buffer_text(buffer, "]");
    }
    fil_buffer_text(buffer, "],\n");
}

/* Sources come sorted by file, so each file is one object. */
static void add_sources(const struct fil_report *report, struct fil_buffer *buffer) {
    fil_buffer_text(buffer, "\"sources\": {");
    for (uint32_t i = 0; i < report->source_count; i++) {
        const struct fil_source_line *s = &report->sources[i];
        bool first = i == 0 || strcmp(s->file, s[-1].file) != 0;
        if (first && i) fil_buffer_text(buffer, "},\n ");
        if (first) add_string(buffer, NULL, s->file, ": {");
        fil_buffer_format(buffer, "%s\"%u\": ", first ? "" : ", ", s->line);
        add_string(buffer, NULL, s->text, "");
    }
    fil_buffer_text(buffer, report->source_count ? "}}}\n" : "}}\n");
}

int fil_write_json(const struct fil_report *report, const struct fil_tree *tree, bool totals, struct fil_arena *arena,
                   struct fil_buffer *buffer) {
    uint32_t *number = fil_arena_get(arena, (size_t)tree->function_count * sizeof *number);
    if (!number) return ENOMEM;
    add_header(report, buffer);
    add_functions(tree, number, buffer);
    add_nodes(tree, number, totals, buffer);
    add_sources(report, buffer);
    return buffer->failed ? ENOMEM : 0;
}
