/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of source lines from the files that frames name. fil_report_read_sources is its
 * main entry. */
#include "sources.h"

#include <string.h>

#include "arena.h"
#include "installed.h"
#include "passages.h"
#include "sourcetext.h"

#define MAX_LINE 200u /* characters */

/* A trimmed copy of a line, at most MAX_LINE characters; its tabs are blanks. */
static const char *clean_line(struct fil_arena *arena, const char *line, size_t length,
                              const struct fil_encoding *encoding) {
    char clean[FIL_CLEAN_BYTES(MAX_LINE)];
    while (length && (*line == ' ' || *line == '\t' || *line == '\f')) line++, length--;
    while (length && (unsigned char)line[length - 1] <= ' ') length--;
    size_t used = fil_sourcetext_clean(clean, line, length, MAX_LINE, encoding).written;
    for (size_t i = 0; i < used; i++) {
        if (clean[i] == '\t') clean[i] = ' ';
    }
    return fil_arena_copy(arena, clean, used);
}

void fil_report_take_lines(struct fil_report *report, const char *file, const uint8_t *wanted,
                           uint32_t last, const char *text, size_t size) {
    struct fil_lines lines = fil_lines_of(text, size);
    while (fil_lines_next(&lines) && lines.number <= last) {
        if (!(wanted[lines.number / 8] & 1 << lines.number % 8)) continue;
        const char *clean = clean_line(report->arena, lines.line, lines.length, lines.encoding);
        if (clean && *clean)
            report->sources[report->source_count++] =
                (struct fil_source_line){file, lines.number, clean};
    }
}

/* Reads what is wanted of one file: `count` lines in any order. */
static void read_lines(struct fil_report *report, struct fil_sourcetext *to, const char *file,
                       const uint32_t *lines, uint32_t count, struct fil_arena *scratch) {
    uint32_t last = 0;
    for (uint32_t i = 0; i < count; i++) last = lines[i] > last ? lines[i] : last;
    uint8_t *wanted = last && fil_sourcetext_read(to, report->cwd, file)
                          ? fil_arena_get(scratch, last / 8 + 1)
                          : NULL;
    for (uint32_t i = 0; wanted && i < count; i++)
        wanted[lines[i] / 8] |= (uint8_t)(1 << lines[i] % 8);
    if (wanted) fil_report_take_lines(report, file, wanted, last, to->text, to->used);
}

/* function => the first function of the same file. */
static uint32_t *first_of_file(const struct fil_snapshot *s, struct fil_arena *scratch) {
    uint32_t capacity = 16;
    while (capacity < s->function_count * 2) capacity *= 2;
    uint32_t *table =
        fil_arena_get(scratch, (size_t)capacity * sizeof *table); /* hash => function + 1 */
    uint32_t *first = fil_arena_get(scratch, (size_t)s->function_count * sizeof *first);
    for (uint32_t f = 1; table && first && f < s->function_count; f++) {
        const char *file = s->functions[f].file;
        uint64_t h = 1469598103934665603u;
        for (const char *c = file; *c; c++) h = (h ^ (unsigned char)*c) * 1099511628211u;
        uint32_t i = (uint32_t)(h ^ h >> 32) & (capacity - 1);
        while (table[i] && strcmp(s->functions[table[i] - 1].file, file) != 0)
            i = (i + 1) & (capacity - 1);
        if (!table[i]) table[i] = f + 1;
        first[f] = table[i] - 1;
    }
    return table ? first : NULL;
}

/* Marks the nodes that hold something or map a file, themselves or below. */
static uint8_t *holders(const struct fil_snapshot *s, struct fil_arena *scratch) {
    uint8_t *holds = fil_arena_get(scratch, s->node_count);
    for (uint32_t i = 0; holds && i < s->file_count; i++) holds[s->files[i].node] = 1;
    for (uint32_t i = s->node_count; holds && i-- > 1;) {
        holds[i] |= s->nodes[i].bytes > 0 || s->nodes[i].at_end > 0;
        holds[s->nodes[i].parent] |= holds[i];
    }
    return holds;
}

/* Reads file after file in the order of their names, so that the sources come sorted. The lines of
 * the file whose first function is f end at `ends[f]`. */
static void read_files(struct fil_report *report, const uint32_t *ends, const uint32_t *lines,
                       struct fil_arena *scratch) {
    const struct fil_snapshot *s = report->snapshot;
    struct fil_source_line *files =
        fil_arena_get(scratch, (size_t)s->function_count * sizeof *files);
    struct fil_source_line *other =
        fil_arena_get(scratch, (size_t)s->function_count * sizeof *other);
    uint32_t count = 0;
    if (!files || !other) return;
    for (uint32_t f = 1; f < s->function_count; f++) {
        if (ends[f] > ends[f - 1])
            files[count++] = (struct fil_source_line){s->functions[f].file, f, ""};
    }
    fil_sourcelines_sort(files, other, count);
    struct fil_sourcetext text = {0};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t f = files[i].line, begin = ends[f - 1];
        read_lines(report, &text, files[i].file, lines + begin, ends[f] - begin, scratch);
    }
    fil_sourcetext_clear(&text);
}

/* Sorts the lines that are wanted by their file, then reads file after file. */
static void read_wanted(struct fil_report *report, const uint32_t *first,
                        struct fil_arena *scratch) {
    const struct fil_snapshot *s = report->snapshot;
    uint8_t *holds = holders(s, scratch);
    uint32_t *ends = fil_arena_get(scratch, ((size_t)s->function_count + 1) *
                                                sizeof *ends); /* of each file's lines */
    uint32_t *lines = fil_arena_get(scratch, (size_t)s->node_count * sizeof *lines);
    report->sources = fil_arena_get(report->arena, (size_t)s->node_count * sizeof *report->sources);
    if (!holds || !ends || !lines || !report->sources) return;
    for (uint32_t i = 1; i < s->node_count; i++) ends[first[s->nodes[i].function] + 1] += holds[i];
    for (uint32_t f = 1; f <= s->function_count; f++) ends[f] += ends[f - 1];
    for (uint32_t i = 1; i < s->node_count; i++) {
        if (holds[i]) lines[ends[first[s->nodes[i].function]]++] = s->nodes[i].line;
    }
    read_files(report, ends, lines, scratch);
    fil_passages_read(report, first, scratch);
}

void fil_report_read_sources(struct fil_report *report) {
    struct fil_arena *scratch = fil_arena_new();
    report->arena = fil_arena_new();
    uint32_t *first = scratch && report->arena ? first_of_file(report->snapshot, scratch) : NULL;
    if (first) fil_installed_find(report, first, scratch);
    if (first && !report->no_source) read_wanted(report, first, scratch);
    fil_arena_free(scratch);
}
