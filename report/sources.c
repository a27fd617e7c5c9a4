/* SPDX-License-Identifier: Apache-2.0 */
/* Source lines, read from the files that frames name: regular files only, no more than MAX_FILE of
 * each. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../filext/base/own.h"
#include "arena.h"
#include "encodings.h"
#include "sources.h"

#define FIRST_CAPACITY (256u << 10)
#define MAX_FILE (8u << 20) /* bytes */
#define MAX_LINE 200u       /* characters */

/* What a file is read into, one after the other: its pages are taken from the system once. */
struct file_text {
    char *text;
    size_t capacity, used;
};

static bool make_room(struct file_text *to, size_t bytes) {
    if (to->capacity >= bytes) return true;
    size_t capacity = to->capacity ? to->capacity : FIRST_CAPACITY;
    while (capacity < bytes) capacity *= 2;
    fil_own_unmap(to->text, to->capacity);
    to->text = fil_own_map(capacity);
    to->capacity = to->text ? capacity : 0;
    return to->text;
}

/* Opens the file that a frame names; -1 when that can't be. The path lies where the text will, not
 * on a perhaps small stack. */
static int open_file(struct file_text *to, const char *cwd, const char *name) {
    if (name[0] == '<' || name[0] == 0 || !make_room(to, strlen(cwd) + strlen(name) + 2)) return -1;
    if (name[0] == '/') strcpy(to->text, name);
    else snprintf(to->text, to->capacity, "%s/%s", cwd, name);
    return open(to->text,
                O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); /* a FIFO must not hold us up */
}

/* Reads the file; false when it isn't one to read. */
static bool read_file(struct file_text *to, const char *cwd, const char *name) {
    int fd = open_file(to, cwd, name);
    struct stat status;
    bool good = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
    size_t wanted = good ? (status.st_size < MAX_FILE ? (size_t)status.st_size : MAX_FILE) : 0;
    to->used = 0;
    if (good && make_room(to, wanted)) {
        for (ssize_t now = 1; to->used < wanted && now > 0; to->used += now > 0 ? (size_t)now : 0)
            now = read(fd, to->text + to->used, wanted - to->used);
    }
    if (fd >= 0) close(fd);
    return to->used > 0;
}

/* How many bytes the valid UTF-8 character at `at` takes, 0 when there is none. */
static size_t character_at(const unsigned char *at, size_t left) {
    size_t length = at[0] < 0x80                    ? 1
                    : at[0] >= 0xC2 && at[0] < 0xE0 ? 2
                    : at[0] >= 0xE0 && at[0] < 0xF0 ? 3
                    : at[0] >= 0xF0 && at[0] < 0xF5 ? 4
                                                    : 0;
    if (!length || length > left) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0;
    }
    bool overlong = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    bool beyond = (at[0] == 0xED && at[1] >= 0xA0) || (at[0] == 0xF4 && at[1] >= 0x90);
    return overlong || beyond ? 0 : length;
}

/* Whether these bytes are all printable ASCII. */
static bool is_plain(const char *text, size_t length) {
    bool plain = true;
    for (size_t i = 0; i < length; i++) plain &= text[i] >= ' ' && text[i] < 0x7F;
    return plain;
}

/* `character`, below 65536, as UTF-8. Gives how many bytes that takes. */
static size_t add_character(char *to, uint32_t character) {
    size_t length = character < 0x80 ? 1 : character < 0x800 ? 2 : 3;
    for (size_t i = length; i-- > 1; character >>= 6) to[i] = (char)(0x80 | (character & 0x3F));
    to[0] = (char)(length == 1 ? character : length == 2 ? 0xC0 | character : 0xE0 | character);
    return length;
}

/* A copy of a trimmed line in another encoding, likewise. */
static const char *decoded_line(struct fil_arena *arena, const char *line, size_t length,
                                const struct fil_encoding *encoding) {
    char clean[MAX_LINE * 3];
    size_t used = 0, characters = 0;
    for (size_t i = 0; i < length && characters < MAX_LINE; characters++) {
        uint32_t character;
        i += fil_encoding_character(encoding, (const unsigned char *)line + i, length - i,
                                    &character);
        bool control = character < ' ' || character == 0x7F;
        used += add_character(clean + used, control ? ' ' : character);
    }
    return fil_arena_copy(arena, clean, used);
}

/* A trimmed copy of a line, at most MAX_LINE characters, what isn't UTF-8 or is a control character
 * replaced. */
static const char *clean_line(struct fil_arena *arena, const char *line, size_t length,
                              const struct fil_encoding *encoding) {
    while (length && (*line == ' ' || *line == '\t' || *line == '\f')) line++, length--;
    while (length && (unsigned char)line[length - 1] <= ' ') length--;
    if (is_plain(line, length < MAX_LINE ? length : MAX_LINE))
        return fil_arena_copy(arena, line, length < MAX_LINE ? length : MAX_LINE);
    if (encoding) return decoded_line(arena, line, length, encoding);
    char clean[MAX_LINE * 4 + 4];
    size_t used = 0, characters = 0;
    for (size_t i = 0; i < length && characters < MAX_LINE; characters++) {
        const unsigned char *at = (const unsigned char *)line + i;
        size_t bytes = character_at(at, length - i);
        bool control = bytes == 1 && (*at < ' ' || *at == 0x7F);
        if (bytes && !control) memcpy(clean + used, at, bytes);
        else memcpy(clean + used, control ? " " : "\xEF\xBF\xBD", control ? 1 : 3);
        used += bytes && !control ? bytes : control ? 1 : 3;
        i += bytes ? bytes : 1;
    }
    return fil_arena_copy(arena, clean, used);
}

void fil_report_take_lines(struct fil_report *report, const char *file, const uint8_t *wanted,
                           uint32_t last, const char *text, size_t size) {
    const struct fil_encoding *encoding = fil_encoding_of(text, size);
    uint32_t line = 1;
    size_t start = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (start < size && line <= last) {
        const char *end = memchr(text + start, '\n', size - start);
        size_t length = end ? (size_t)(end - text) - start : size - start;
        if (wanted[line / 8] & 1 << line % 8) {
            const char *clean = clean_line(report->arena, text + start, length, encoding);
            if (clean && *clean)
                report->sources[report->source_count++] =
                    (struct fil_source_line){file, line, clean};
        }
        start += length + 1;
        line++;
    }
}

/* Reads what is wanted of one file: `count` lines in any order. */
static void read_lines(struct fil_report *report, struct file_text *to, const char *file,
                       const uint32_t *lines, uint32_t count, struct fil_arena *scratch) {
    uint32_t last = 0;
    for (uint32_t i = 0; i < count; i++) last = lines[i] > last ? lines[i] : last;
    uint8_t *wanted =
        last && read_file(to, report->cwd, file) ? fil_arena_get(scratch, last / 8 + 1) : NULL;
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

static bool is_before(const struct fil_source_line *a, const struct fil_source_line *b) {
    int order = a->file == b->file ? 0 : strcmp(a->file, b->file);
    return order < 0 || (order == 0 && a->line < b->line);
}

/* Merge sort from runs of one upwards, into `other` and back. */
static void sort(struct fil_source_line *lines, struct fil_source_line *other, uint32_t count) {
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
    if (other) sort(report->sources, other, report->source_count);
    else report->source_count = 0;
    fil_arena_free(scratch);
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
    sort(files, other, count);
    struct file_text text = {0};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t f = files[i].line, begin = ends[f - 1];
        read_lines(report, &text, files[i].file, lines + begin, ends[f] - begin, scratch);
    }
    fil_own_unmap(text.text, text.capacity);
}

/* Sorts the lines that are wanted by their file, then reads file after file. */
static void read_wanted(struct fil_report *report, struct fil_arena *scratch) {
    const struct fil_snapshot *s = report->snapshot;
    uint32_t *first = first_of_file(s, scratch);
    uint8_t *holds = holders(s, scratch);
    uint32_t *ends = fil_arena_get(scratch, ((size_t)s->function_count + 1) *
                                                sizeof *ends); /* of each file's lines */
    uint32_t *lines = fil_arena_get(scratch, (size_t)s->node_count * sizeof *lines);
    report->sources = fil_arena_get(report->arena, (size_t)s->node_count * sizeof *report->sources);
    if (!first || !holds || !ends || !lines || !report->sources) return;
    for (uint32_t i = 1; i < s->node_count; i++) ends[first[s->nodes[i].function] + 1] += holds[i];
    for (uint32_t f = 1; f <= s->function_count; f++) ends[f] += ends[f - 1];
    for (uint32_t i = 1; i < s->node_count; i++) {
        if (holds[i]) lines[ends[first[s->nodes[i].function]]++] = s->nodes[i].line;
    }
    read_files(report, ends, lines, scratch);
}

void fil_report_read_sources(struct fil_report *report) {
    struct fil_arena *scratch = fil_arena_new();
    report->arena = fil_arena_new();
    if (scratch && report->arena && !report->no_source) read_wanted(report, scratch);
    fil_arena_free(scratch);
}

uint32_t fil_report_source_place(const struct fil_report *report, const char *file, uint32_t line) {
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
    uint32_t low = fil_report_source_place(report, file, line);
    bool found = low < report->source_count && !is_before(&wanted, &report->sources[low]);
    return found ? &report->sources[low] : NULL;
}
