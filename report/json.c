/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the profile as JSON. fil_write_json is its main entry.
 *
 * The profile as JSON (docs/profile.md, docs/profile.schema.json): what is known of the process,
 * then the tree and its answers (jsontree.c). Written record by record: a text that has to be
 * escaped is a small cJSON value whose memory goes when it is printed, so a million nodes need no
 * more than the text itself. */
#include <cjson/cJSON.h>
#include <string.h>

#include "children.h"
#include "cjsonmemory.h"
#include "jsontext.h"
#include "sources.h"
#include "writers.h"

static void add_at_most(const struct fil_resident_most *most, struct fil_buffer *buffer) {
    fil_buffer_format(
        buffer,
        ",\n \"at_most\": {\"bytes\": %lld, \"tracked_bytes\": %lld, \"files_bytes\": %lld, "
        "\"allocator_overhead_bytes\": %lld, \"at_seconds\": %.3f}",
        (long long)most->bytes, (long long)most->tracked, (long long)most->files,
        (long long)most->allocator_overhead, most->at);
}

static void add_resident(const struct fil_snapshot *s, int64_t untouched,
                         struct fil_buffer *buffer) {
    const struct fil_resident *r = &s->resident;
    fil_buffer_format(
        buffer,
        "\"resident\": {\"start_bytes\": %lld, \"at_peak_bytes\": %lld, \"most_bytes\": %lld,\n "
        "\"files_bytes\": %lld, "
        "\"allocator_overhead_bytes\": %lld, \"profiler_bytes\": %lld, \"rest_bytes\": %lld",
        (long long)r->start, (long long)r->at_peak, (long long)r->most, (long long)r->files,
        (long long)r->allocator_overhead, (long long)r->profiler,
        (long long)fil_report_resident_rest(s, untouched));
    if (r->at_most.bytes) add_at_most(&r->at_most, buffer);
    fil_buffer_text(buffer, "}");
}

static void add_command(const struct fil_report *report, struct fil_arena *scratch,
                        struct fil_buffer *buffer) {
    fil_buffer_text(buffer, "\"command\": [");
    for (int i = 0; i < report->command_count; i++)
        fil_jsontext_string(buffer, scratch, NULL, report->command[i],
                            i + 1 < report->command_count ? ", " : "");
    fil_buffer_text(buffer, "],\n");
}

static void add_named(const char *name, const struct fil_named *named, struct fil_arena *scratch,
                      struct fil_buffer *buffer) {
    if (named->count) fil_buffer_format(buffer, "\"%s\": [", name);
    for (uint32_t i = 0; i < named->count; i++)
        fil_jsontext_string(buffer, scratch, NULL, named->names[i],
                            i + 1 < named->count ? ", " : "],\n");
}

/* One of the two that a difference is made of. */
static void add_side(const char *name, const struct fil_report *report, struct fil_arena *scratch,
                     struct fil_buffer *buffer) {
    fil_buffer_format(buffer, "\"%s\": {\"kind\": \"%s\", \"peak_bytes\": %lld,\n", name,
                      fil_report_kind_name(report), (long long)report->snapshot->peak_bytes);
    if (report->end_in_use >= 0)
        fil_buffer_format(buffer, "\"end_bytes\": %lld, ", (long long)report->end_in_use);
    add_command(report, scratch, buffer);
    fil_jsontext_string(buffer, scratch, "python", report->python, ", ");
    fil_buffer_format(buffer, "\"started\": %.3f, \"seconds\": %.6f},\n", report->snapshot->started,
                      report->snapshot->seconds);
}

static void add_figure(struct fil_buffer *buffer, const char *name, int64_t bytes) {
    if (bytes) fil_buffer_format(buffer, "\"%s\": %lld, ", name, (long long)bytes);
}

/* The sentence stands beside the figures that it is made of. */
static void add_reason(const struct fil_reason *r, struct fil_arena *scratch,
                       struct fil_buffer *buffer) {
    struct fil_buffer words = {0};
    fil_reason_write(r, &words);
    fil_buffer_add(&words, "", 1); /* its NUL */
    fil_buffer_format(buffer, "\n\"reason\": {\"kind\": \"%s\", ", fil_reason_names[r->kind]);
    if (r->kind == FIL_REASON_ENDED)
        fil_buffer_format(buffer, "\"end\": \"%s\", \"number\": %d, ", fil_reason_ends[r->end],
                          r->number);
    add_figure(buffer, "request_bytes", r->request);
    add_figure(buffer, "available_bytes", r->available);
    add_figure(buffer, "total_bytes", r->total);
    add_figure(buffer, "swapped_bytes", r->swapped);
    add_figure(buffer, "threshold_bytes", r->threshold);
    add_figure(buffer, "peak_bytes", r->peak);
    add_figure(buffer, "live_bytes", r->live);
    add_figure(buffer, "unlooked_bytes", r->unlooked);
    if (r->outdated_seconds > 0)
        fil_buffer_format(buffer, "\"outdated_seconds\": %.6f, ", r->outdated_seconds);
    if (r->kept_seconds > 0) fil_buffer_format(buffer, "\"kept_seconds\": %.6f, ", r->kept_seconds);
    if (r->for_memory) fil_buffer_text(buffer, "\"for_memory\": true, ");
    if (r->limit) fil_jsontext_string(buffer, scratch, "limit", r->limit, ", ");
    if (r->error) fil_jsontext_string(buffer, scratch, "error", r->error, ", ");
    if (r->text) fil_jsontext_string(buffer, scratch, "process", r->text, ", ");
    if (!words.failed) fil_jsontext_string(buffer, scratch, "text", words.text, "},\n");
    buffer->failed |= words.failed;
    fil_buffer_clear(&words);
}

static void add_children(const struct fil_snapshot *s, struct fil_buffer *buffer) {
    const struct fil_children *c = &s->children;
    if (!c->count) return;
    fil_buffer_format(
        buffer,
        ",\n\"children\": {\"count\": %u, \"running\": %u, \"largest_resident_bytes\": %lld, "
        "\"shared_bytes\": %lld, \"at_most_bytes\": %lld, \"is_large\": %s, \"text\": \"",
        c->count, c->running, (long long)c->largest_bytes, (long long)c->shared_bytes,
        (long long)c->most_bytes, fil_children_are_large(c, s->peak_bytes) ? "true" : "false");
    fil_children_write(c, buffer);
    fil_buffer_text(buffer, "\"}");
}

static void add_header(const struct fil_report *report, int64_t untouched,
                       struct fil_arena *scratch, struct fil_buffer *buffer) {
    const struct fil_snapshot *s = report->snapshot;
    fil_buffer_text(
        buffer, "{\"format\": \"filprofiler\", \"version\": 2, \"tool\": \"filprofiler " FIL_VERSION
                "\",\n");
    fil_buffer_format(buffer,
                      "\"kind\": \"%s\", \"peak_bytes\": %lld, \"untouched_bytes\": %lld, "
                      "\"error_bound_bytes\": %lld,\n",
                      report->older ? "diff" : fil_report_kind_name(report),
                      (long long)s->peak_bytes, (long long)untouched,
                      (long long)s->error_bound_bytes);
    if (report->at_end) fil_buffer_text(buffer, "\"moment\": \"end\",\n");
    add_command(report, scratch, buffer);
    add_named("own", &report->own, scratch, buffer);
    add_named("program", &report->program, scratch, buffer);
    add_named("installed", &report->installed, scratch, buffer);
    if (report->older) {
        add_side("old", report->older, scratch, buffer);
        add_side("new", report, scratch, buffer);
    }
    fil_jsontext_string(buffer, scratch, "python", report->python, ", ");
    if (report->reason.kind) add_reason(&report->reason, scratch, buffer);
    if (report->requested)
        fil_buffer_format(buffer, "\"requested_bytes\": %lld, ", (long long)report->requested);
    fil_buffer_format(buffer, "\"pid\": %d, \"started\": %.3f, \"seconds\": %.6f", report->pid,
                      s->started, s->seconds);
    if (report->older) return;
    fil_buffer_text(buffer, ",\n");
    add_resident(s, untouched, buffer);
    fil_buffer_format(buffer, ",\n\"reserved_bytes\": %lld", (long long)s->reserved_bytes);
    fil_buffer_format(buffer, ",\n\"live_bytes\": %lld", (long long)s->live_bytes);
    if (s->timeline_count) fil_buffer_format(buffer, ", \"peak_at_seconds\": %.6f", s->peak_at);
    add_children(s, buffer);
}

/* A page needs no more points than it has pixels: `most` of them, each the most of several periods.
 */
static void add_periods(const int64_t *figures, uint32_t count, uint32_t together,
                        struct fil_buffer *buffer) {
    for (uint32_t i = 0; i < count; i += together) {
        int64_t most = 0;
        for (uint32_t j = i; j < i + together && j < count; j++) {
            if (figures[j] > most) most = figures[j];
        }
        fil_buffer_text(buffer, i ? "," : "[");
        fil_buffer_number(buffer, most);
    }
    fil_buffer_text(buffer, "]");
}

static void add_timeline(const struct fil_snapshot *s, uint32_t most, struct fil_buffer *buffer) {
    uint32_t count = s->timeline_count, together = (count + most - 1) / most;
    if (!count) return;
    fil_buffer_format(buffer, ",\n\"timeline\": {\"bucket_seconds\": %.6f, \"bytes\": ",
                      s->timeline_period * together);
    add_periods(s->timeline, count, together, buffer);
    if (s->timeline_resident) {
        fil_buffer_text(buffer, ", \"resident_bytes\": ");
        add_periods(s->timeline_resident, count, together, buffer);
    }
    fil_buffer_text(buffer, "}");
}

/* Whether a line's number isn't another's now, which has a text of its own. */
static bool has_its_number(const struct fil_shown *shown, const struct fil_source_line *s) {
    bool is_gone = s->line & FIL_LINE_GONE;
    return !is_gone || !fil_report_source(shown->digest->report, s->file, s->line & ~FIL_LINE_GONE);
}

/* Sources come sorted by file, so each file is one object. */
static void add_sources(const struct fil_shown *shown, struct fil_arena *scratch,
                        struct fil_buffer *buffer) {
    const char *file = NULL;
    fil_buffer_text(buffer, ",\n\"sources\": {");
    for (uint32_t i = 0; i < shown->source_count; i++) {
        const struct fil_source_line *s = &shown->sources[i];
        bool first = !file || strcmp(s->file, file) != 0;
        if (!has_its_number(shown, s)) continue;
        if (first && file) fil_buffer_text(buffer, "},\n ");
        if (first) fil_jsontext_string(buffer, scratch, NULL, file = s->file, ": {");
        fil_buffer_text(buffer, first ? "\"" : ", \"");
        fil_buffer_number(buffer, s->line & ~FIL_LINE_GONE);
        fil_buffer_text(buffer, "\": ");
        fil_jsontext_string(buffer, scratch, NULL, s->text, "");
    }
    fil_buffer_text(buffer, file ? "}}" : "}");
}

/* The passages of a file stand together. */
static void add_texts(const struct fil_shown *shown, struct fil_arena *scratch,
                      struct fil_buffer *buffer) {
    const char *file = NULL;
    if (shown->passage_count) fil_buffer_text(buffer, ",\n\"texts\": {");
    for (uint32_t i = 0; i < shown->passage_count; i++) {
        const struct fil_passage *one = &shown->passages[i];
        bool first = !file || strcmp(one->file, file) != 0;
        if (first && file) fil_buffer_text(buffer, "],\n ");
        if (first) fil_jsontext_string(buffer, scratch, NULL, file = one->file, ": [[");
        else fil_buffer_text(buffer, ",\n  [");
        fil_buffer_number(buffer, one->line);
        fil_buffer_text(buffer, ", ");
        fil_jsontext_string(buffer, scratch, NULL, one->text, "]");
    }
    if (shown->passage_count) fil_buffer_text(buffer, "]}");
}

static void add_account(const struct fil_digest *digest, struct fil_buffer *buffer) {
    struct fil_account_item items[FIL_ACCOUNT_ITEMS];
    uint32_t count = fil_account_items(digest, items);
    for (uint32_t i = 0; i < count; i++)
        fil_buffer_format(buffer, "%s[%lld, \"%s\"]", i ? ", " : ",\n\"account\": [",
                          (long long)items[i].bytes, items[i].what);
    if (count) fil_buffer_text(buffer, "]");
}

void fil_write_facts(const struct fil_digest *digest, struct fil_arena *scratch,
                     struct fil_buffer *buffer) {
    add_header(digest->report, digest->tree->nodes[0].untouched, scratch, buffer);
    if (!digest->report->older && !digest->report->at_end) add_account(digest, buffer);
}

int fil_write_json(const struct fil_shown *shown, struct fil_arena *arena,
                   struct fil_buffer *buffer) {
    struct fil_arena *scratch = fil_arena_new();
    if (!scratch) return ENOMEM;
    fil_write_facts(shown->digest, scratch, buffer);
    add_timeline(shown->digest->report->snapshot, shown->periods, buffer);
    bool written = fil_jsontree_write(shown, arena, scratch, buffer);
    add_sources(shown, scratch, buffer);
    add_texts(shown, scratch, buffer);
    fil_buffer_text(buffer, "}\n");
    fil_arena_free(scratch);
    return !written || buffer->failed ? ENOMEM : 0;
}
