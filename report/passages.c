/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the choice of which source text goes into the page. fil_passages_read is its main entry. */
#include "passages.h"

#include <string.h>

#include "places.h"
#include "sourcelines.h"
#include "sourcetext.h"

#define MAX_LINE 400u /* characters */
#define MOST_FILES 100u
#define CUT "\xE2\x80\xA6" /* behind a line that is longer */

/* Passages in the making. */
struct list {
    struct fil_passage *passages;
    uint32_t count;
    size_t left; /* bytes that there is room for */
    struct fil_arena *arena;
};

/* False where that is too much text, or there is no memory. */
static bool add(struct list *to, const char *file, uint32_t line, const char *text, size_t size) {
    const char *copy = size <= to->left ? fil_arena_copy(to->arena, text, size) : NULL;
    if (!copy) return false;
    to->left -= size;
    to->passages[to->count++] = (struct fil_passage){file, line, copy};
    return true;
}

/* The lines as valid UTF-8, without blanks at their ends, a line feed between them. */
static bool clean_all(struct fil_buffer *to, const char *text, size_t size) {
    struct fil_lines lines = fil_lines_of(text, size);
    to->used = 0;
    while (fil_lines_next(&lines)) {
        size_t length = lines.length;
        while (length && (unsigned char)lines.line[length - 1] <= ' ') length--;
        if (lines.number > 1) fil_buffer_text(to, "\n");
        char *space = fil_buffer_space(to, FIL_CLEAN_BYTES(MAX_LINE));
        if (!space) return false;
        struct fil_cleaned clean =
            fil_sourcetext_clean(space, lines.line, length, MAX_LINE, lines.encoding);
        to->used -= FIL_CLEAN_BYTES(MAX_LINE) - clean.written;
        if (clean.read < length) fil_buffer_text(to, CUT);
    }
    return !to->failed;
}

/* Lines of one file that frames name, in their order. */
struct named {
    const struct fil_source_line *lines;
    uint32_t count;
};

static struct named named_of(const struct fil_report *report, const char *file) {
    uint32_t from = fil_report_source_position(report, file, 0);
    uint32_t to = fil_report_source_position(report, file, UINT32_MAX);
    return (struct named){report->sources + from, to - from};
}

/* Adds what stands near named lines; `text`: lines from `number` on. */
static void add_near(struct list *to, const char *file, uint32_t number, const char *text,
                     size_t size, struct named named) {
    const char *end = text + size, *begin = NULL;
    uint32_t first = 0, next = 0;
    for (const char *at = text; at <= end; number++) {
        const char *feed = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        while (next < named.count && named.lines[next].line + FIL_PASSAGE_CONTEXT < number) next++;
        bool is_near = next < named.count && named.lines[next].line <= number + FIL_PASSAGE_CONTEXT;
        if (is_near && !begin) {
            begin = at;
            first = number;
        } else if (!is_near && begin) {
            if (!add(to, file, first, begin, (size_t)(at - 1 - begin))) return;
            begin = NULL;
        }
        at = (feed ? feed : end) + 1;
    }
    if (begin) add(to, file, first, begin, (size_t)(end - begin));
}

/* Files of own code, by their first functions: what the stacks hold whose innermost frame of own
 * code is theirs, at the peak or at the end; -1 where they are no own code. */
static int64_t *held_by_files(const struct fil_report *report, const uint32_t *first,
                              struct fil_arena *scratch) {
    const struct fil_snapshot *s = report->snapshot;
    int64_t *held = fil_arena_get(scratch, (size_t)s->function_count * sizeof *held);
    uint32_t *owner = fil_arena_get(scratch, (size_t)s->node_count * sizeof *owner);
    size_t ours = strlen(report->package_dir);
    if (!held || !owner) return NULL;
    for (uint32_t f = 0; f < s->function_count; f++) {
        const char *file = s->functions[f].file;
        bool is_own = f && first[f] == f &&
                      (!ours || strncmp(file, report->package_dir, ours) != 0) &&
                      fil_places_code(report, file, scratch) == FIL_CODE_OWN;
        held[f] = is_own ? 0 : -1;
    }
    for (uint32_t i = 1; i < s->node_count; i++) {
        const struct fil_snapshot_node *node = &s->nodes[i];
        uint32_t file = first[node->function];
        owner[i] = held[file] >= 0 ? file : owner[node->parent];
        if (owner[i]) held[owner[i]] += node->bytes > node->at_end ? node->bytes : node->at_end;
    }
    return held;
}

/* The file of those that are left that holds the most; 0: there is none. */
static uint32_t largest(const int64_t *held, uint32_t count) {
    uint32_t found = 0;
    for (uint32_t f = 1; f < count; f++) {
        if (held[f] >= 0 && (!found || held[f] > held[found])) found = f;
    }
    return found;
}

void fil_passages_read(struct fil_report *report, const uint32_t *first,
                       struct fil_arena *scratch) {
    const struct fil_snapshot *s = report->snapshot;
    int64_t *held = held_by_files(report, first, scratch);
    struct list list = {.left = FIL_PASSAGES_ALL, .arena = report->arena};
    list.passages =
        fil_arena_get(report->arena, (size_t)report->source_count * sizeof *list.passages);
    struct fil_sourcetext file = {0};
    struct fil_buffer clean = {0};
    if (!held || !list.passages) return;
    for (uint32_t i = 0, f; i < MOST_FILES && (f = largest(held, s->function_count));
         held[f] = -1) {
        const char *name = s->functions[f].file;
        struct named named = named_of(report, name);
        if (!named.count) continue;
        i++;
        if (!fil_sourcetext_read(&file, report->cwd, name)) continue;
        if (!clean_all(&clean, file.text, file.used)) break;
        bool is_whole = clean.used <= FIL_PASSAGE_FILE && clean.used <= list.left;
        if (is_whole) add(&list, name, 1, clean.text, clean.used);
        else add_near(&list, name, 1, clean.text, clean.used, named);
    }
    report->passages = list.passages;
    report->passage_count = list.count;
    fil_sourcetext_clear(&file);
    fil_buffer_clear(&clean);
}

void fil_passages_take(struct fil_report *report, const char *file, const char *text, size_t size) {
    struct list list = {report->passages, report->passage_count, FIL_PASSAGES_ALL, report->arena};
    struct fil_buffer clean = {0};
    for (uint32_t i = 0; i < list.count; i++) {
        if (strcmp(list.passages[i].file, file) == 0) return;
        size_t length = strlen(list.passages[i].text);
        list.left -= length < list.left ? length : list.left;
    }
    if (clean_all(&clean, text, size) && clean.used <= FIL_PASSAGE_FILE)
        add(&list, file, 1, clean.text, clean.used);
    report->passage_count = list.count;
    fil_buffer_clear(&clean);
}

struct fil_passage *fil_passages_near(const struct fil_report *report, struct fil_arena *arena,
                                      uint32_t *count) {
    size_t most = (size_t)report->passage_count + report->source_count;
    struct list list = {fil_arena_get(arena, most * sizeof *list.passages), 0, SIZE_MAX, arena};
    if (!list.passages) return NULL;
    for (uint32_t i = 0; i < report->passage_count; i++) {
        const struct fil_passage *whole = &report->passages[i];
        add_near(&list, whole->file, whole->line, whole->text, strlen(whole->text),
                 named_of(report, whole->file));
    }
    *count = list.count;
    return list.passages;
}
