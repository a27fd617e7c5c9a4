/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the account of the process's memory (RSS): what it was made of when it was largest, and the
 * mapped files among it. fil_account_items is its main entry. */
#include "../filext/base/sizetext.h"
#include "sources.h"
#include "texts.h"
#include <string.h>

#define TOP_FILES 3u
#define LEAST_RESERVED (1 << 20) /* bytes */
#define LEAST_FILES (10 << 20)   /* bytes: less, */
#define SHARE_FILES 8            /* or less than this part of the process, is of no interest */
#define NEAR_SHARE 64            /* as near to the peak as resident memory is read for it */

int64_t fil_report_resident_rest(const struct fil_snapshot *s, int64_t untouched) {
    const struct fil_resident *r = &s->resident;
    if (!r->at_peak) return 0;
    return r->at_peak -
           (s->peak_bytes - untouched + r->start + r->files + r->allocator_overhead + r->profiler);
}

/* The program's own line that led to it; where there is none, the innermost line. */
static uint32_t own_line_above(const struct fil_digest *digest, uint32_t node) {
    const struct fil_tree *tree = digest->spliced;
    const struct fil_places *places = digest->answers->places;
    uint32_t at = node;
    while (at) {
        uint32_t path = places->path_of[tree->nodes[at].function];
        if (places->packages[places->paths[path].package].code == FIL_CODE_OWN) return at;
        at = tree->nodes[at].parent;
    }
    return node;
}

/* The largest in memory. `below`: the one before, NULL for the first. Of equal ones each has its
 * turn. */
static const struct fil_snapshot_file *next_file(const struct fil_tree *tree,
                                                 const struct fil_snapshot_file *below) {
    const struct fil_snapshot_file *next = NULL;
    for (uint32_t i = 0; i < tree->file_count; i++) {
        const struct fil_snapshot_file *file = &tree->files[i];
        bool is_left = !below || file->resident_bytes < below->resident_bytes ||
                       (file->resident_bytes == below->resident_bytes && file > below);
        if (is_left && (!next || file->resident_bytes > next->resident_bytes)) next = file;
    }
    return next;
}

static const char *joined(const struct fil_view *view, const char *before, const char *text) {
    struct fil_buffer buffer = {0};
    fil_buffer_text(&buffer, before);
    fil_buffer_text(&buffer, text);
    const char *both = buffer.failed ? NULL : fil_arena_copy(view->arena, buffer.text, buffer.used);
    fil_buffer_clear(&buffer);
    return both ? both : "";
}

/* The rows stand further in than the line above them. */
static void add_table(const struct fil_view *view, struct fil_columns table,
                      struct fil_buffer *buffer) {
    table.indent = FIL_TEXT_INDENT;
    if (!fil_columns_write(&table, view->look, buffer)) buffer->failed = true;
    if (view->look->form == FIL_FORM_MARKDOWN) fil_buffer_text(buffer, "\n");
}

/* The line that mapped a file, the reader's own where there is one. NULL without a stack, or
 * without source. */
struct mapping_line {
    const char *place, *source;
};

static struct mapping_line line_of(const struct fil_view *view,
                                   const struct fil_snapshot_file *file) {
    const struct fil_digest *digest = view->digest;
    uint32_t own = own_line_above(digest, file->node);
    if (!own) return (struct mapping_line){NULL, NULL};
    const struct fil_tree_node *node = &digest->spliced->nodes[own];
    const char *name = digest->tree->functions[node->function].file;
    const struct fil_source_line *source = fil_report_source(digest->report, name, node->line);
    return (struct mapping_line){fil_rows_place(view, node->function, node->line),
                                 source ? source->text : NULL};
}

enum { IN_MEMORY, MAPPED, PATH, LINE, SOURCE, MOMENT, COLUMNS };

static void add_file(const struct fil_view *view, const struct fil_snapshot_file *file,
                     struct fil_entry *row) {
    struct mapping_line line = line_of(view, file);
    row[IN_MEMORY].text = fil_rows_size(view, file->resident_bytes);
    row[MAPPED].text = joined(view, "of ", fil_rows_size(view, file->mapped_bytes));
    row[PATH] = (struct fil_entry){fil_rows_path(view, *file->path ? file->path : "(unknown file)"),
                                   FIL_STYLE_CYAN};
    if (line.place) row[LINE].text = joined(view, "mapped at ", line.place);
    if (line.source) row[SOURCE] = (struct fil_entry){line.source, FIL_STYLE_DIM};
    if (file->at_most) row[MOMENT].text = "when the process was largest";
}

static void add_table_of_files(const struct fil_view *view, struct fil_buffer *buffer) {
    static const struct fil_column columns[COLUMNS] = {
        [IN_MEMORY] = {"In memory", true, false, false},
        [MAPPED] = {"Mapped", true, false, false},
        [PATH] = {"File", false, true, true},
        [LINE] = {"Line", false, true, true},
        [SOURCE] = {"Source", false, false, true},
        [MOMENT] = {"When", false, false, false},
    };
    static const struct fil_step steps[] = {{SOURCE, 24}, {MOMENT, 0}, {PATH, 30}, {SOURCE, 0},
                                            {LINE, 20},   {PATH, 16},  {LINE, 0},  {PATH, 8}};
    struct fil_entry entries[TOP_FILES * COLUMNS] = {0};
    const struct fil_tree *tree = view->digest->spliced;
    const struct fil_snapshot_file *file = next_file(tree, NULL);
    uint32_t count = 0;
    for (; file && count < TOP_FILES; file = next_file(tree, file)) {
        if (count && file->resident_bytes < FIL_LEAST_SHOWN) break;
        add_file(view, file, &entries[count++ * COLUMNS]);
    }
    struct fil_columns table = {.columns = columns,
                                .count = COLUMNS,
                                .steps = steps,
                                .step_count = sizeof steps / sizeof *steps,
                                .entries = entries,
                                .rows = count};
    add_table(view, table, buffer);
}

static void add_files(const struct fil_view *view, struct fil_buffer *buffer) {
    const struct fil_tree *tree = view->digest->spliced;
    int64_t mapped = 0, resident = 0;
    for (uint32_t i = 0; i < tree->file_count; i++) {
        mapped += tree->files[i].mapped_bytes;
        resident += tree->files[i].resident_bytes;
    }
    fil_buffer_text(buffer, "Mapped files, not in the peak: ");
    fil_buffer_text(buffer, fil_rows_size(view, resident));
    fil_buffer_text(buffer, " in memory, of ");
    fil_buffer_text(buffer, fil_rows_size(view, mapped));
    fil_text_end_of_line(view, buffer);
    add_table_of_files(view, buffer);
}

/* ", 200.0 MiB of it data.npy by job.py:11  data = np.memmap(path)"; of the only file, no size. */
static void add_largest_file(const struct fil_view *view, int64_t whole, struct fil_buffer *words) {
    const struct fil_snapshot_file *file = next_file(view->digest->spliced, NULL);
    struct mapping_line line = line_of(view, file);
    const char *slash = strrchr(file->path, '/');
    bool is_all = whole - file->resident_bytes < FIL_LEAST_SHOWN;
    fil_buffer_text(words, ", ");
    fil_buffer_text(words, is_all ? "" : fil_rows_size(view, file->resident_bytes));
    fil_buffer_text(words, is_all ? "" : " of it ");
    fil_buffer_text(words, slash ? slash + 1 : *file->path ? file->path : "(unknown file)");
    if (!line.place) return;
    fil_buffer_text(words, " by ");
    fil_buffer_text(words, line.place);
    fil_buffer_text(words, line.source ? "  " : "");
    fil_buffer_text(words, line.source ? line.source : "");
}

void fil_text_largest_file(const struct fil_view *view, struct fil_buffer *buffer) {
    static const char title[] = "Mapped files, not in the peak: ";
    const struct fil_tree *tree = view->digest->spliced;
    int64_t most = view->digest->report->snapshot->resident.most, whole = 0;
    for (uint32_t i = 0; i < tree->file_count; i++) whole += tree->files[i].resident_bytes;
    if (view->digest->report->at_end || whole < LEAST_FILES || whole < most / SHARE_FILES) return;
    const char *size = fil_rows_size(view, whole);
    uint32_t used = view->taken + (uint32_t)sizeof title - 1 + fil_characters_width(size);
    struct fil_buffer words = {0};
    fil_buffer_text(buffer, title);
    fil_buffer_text(buffer, size);
    add_largest_file(view, whole, &words);
    fil_buffer_add(&words, "", 1); /* its NUL */
    if (!words.failed) fil_text_part(view, words.text, fil_text_room(view, used), true, buffer);
    fil_buffer_clear(&words);
    fil_text_end_of_line(view, buffer);
}

/* What resident memory is made of at one moment; bytes. */
struct account {
    int64_t whole, tracked, before, files, overhead, rest;
};

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Takes from a part, which stays 0 or more, what all parts are too much together. */
static void reduce(int64_t *part, int64_t *rest) {
    int64_t excess = *rest < 0 ? smaller(-*rest, *part > 0 ? *part : 0) : 0;
    *part -= excess;
    *rest += excess;
}

/* When resident memory was largest; where that isn't known, at the peak. What was never touched
 * is known of the peak alone. Where the parts are more than the whole, memory of before the
 * recording was used again, and is counted where it is used; what is too much then was never
 * touched. */
static struct account account_of(const struct fil_snapshot *s, int64_t untouched) {
    const struct fil_resident *r = &s->resident;
    const struct fil_resident_most *m = &r->at_most;
    struct account a = {m->bytes, m->tracked, r->start, m->files, m->allocator_overhead, 0};
    const struct account at_peak = {r->at_peak, s->peak_bytes,         r->start,
                                    r->files,   r->allocator_overhead, 0};
    if (!m->bytes) a = at_peak;
    a.rest = a.whole - (a.tracked + a.before + a.files + a.overhead + r->profiler);
    bool is_peak = a.tracked >= s->peak_bytes - s->peak_bytes / NEAR_SHARE;
    int64_t most = smaller(untouched, a.tracked), excess = a.rest < 0 ? -a.rest : 0;
    int64_t absent = is_peak ? untouched : smaller(excess, most);
    a.tracked -= absent;
    a.rest += absent;
    int64_t *const parts[] = {&a.before, &a.overhead, &a.tracked, &a.files};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) reduce(parts[i], &a.rest);
    return a;
}

uint32_t fil_account_items(const struct fil_digest *digest,
                           struct fil_account_item items[FIL_ACCOUNT_ITEMS]) {
    const struct fil_snapshot *s = digest->report->snapshot;
    const struct fil_resident *r = &s->resident;
    struct account a = account_of(s, digest->tree->nodes[0].untouched);
    const struct fil_account_item all[FIL_ACCOUNT_ITEMS] = {
        {a.tracked, "the program's allocations"},
        {a.before, "from before the recording (Python itself, what was loaded)"},
        {a.files, "files mapped into memory (libraries, data)"},
        {a.overhead, "overhead of malloc (estimated)"},
        {r->profiler, "the profiler"},
        {a.rest, "anything else (stacks, C libraries, free memory that malloc keeps)"},
        {r->most - a.whole, "for a moment more, between two measurements"},
    };
    uint32_t count = 0;
    for (uint32_t i = 0; r->most && i < FIL_ACCOUNT_ITEMS; i++) {
        if (i == 0 || all[i].bytes >= FIL_LEAST_SHOWN) items[count++] = all[i];
    }
    return count;
}

void fil_text_process_line(const struct fil_view *view, struct fil_buffer *buffer) {
    const struct fil_resident *r = &view->digest->report->snapshot->resident;
    char when[FIL_SIZETEXT];
    if (!r->most || view->digest->report->at_end) return; /* it tells of the peak */
    fil_buffer_text(buffer, "Process memory (RSS): ");
    fil_buffer_text(buffer, fil_rows_size(view, r->most));
    fil_buffer_text(buffer, " at most");
    if (r->at_most.bytes && r->at_most.at >= 1) {
        fil_buffer_text(buffer, ", at ");
        fil_buffer_text(buffer, fil_sizetext_duration(r->at_most.at, when));
    }
    fil_text_end_of_line(view, buffer);
}

static void add_account(const struct fil_view *view, struct fil_buffer *buffer) {
    static const struct fil_column columns[] = {{"Size", true, false, false},
                                                {"What", false, false, false}};
    static const struct fil_step steps[] = {{1, 10}};
    struct fil_account_item items[FIL_ACCOUNT_ITEMS];
    struct fil_entry entries[2 * FIL_ACCOUNT_ITEMS] = {0};
    uint32_t count = fil_account_items(view->digest, items);
    for (uint32_t i = 0; i < count; i++) {
        entries[2 * i].text = fil_rows_size(view, items[i].bytes);
        entries[2 * i + 1].text = items[i].what;
    }
    fil_text_process_line(view, buffer);
    struct fil_columns table = {.columns = columns,
                                .count = 2,
                                .steps = steps,
                                .step_count = 1,
                                .entries = entries,
                                .rows = count};
    add_table(view, table, buffer);
}

void fil_text_process(const struct fil_view *view, struct fil_buffer *buffer) {
    const struct fil_snapshot *s = view->digest->report->snapshot;
    if (view->digest->report->at_end) return;
    if (s->resident.most) add_account(view, buffer);
    if (view->digest->spliced->file_count) add_files(view, buffer);
    if (s->reserved_bytes >= LEAST_RESERVED) {
        fil_buffer_text(buffer, "Reserved by libraries and never used, which takes no memory: ");
        fil_buffer_text(buffer, fil_rows_size(view, s->reserved_bytes));
        fil_text_end_of_line(view, buffer);
    }
}
