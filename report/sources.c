/* SPDX-License-Identifier: Apache-2.0 */
/* Source lines, read from the files that frames name: regular files only, no more than MAX_FILE of each. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../filext/engine/own.h"
#include "writers.h"

#define MAX_FILE (8u << 20) /* bytes */
#define MAX_LINE 200u       /* characters */

/* Reads the file into fresh own memory of `*size` bytes; NULL when it isn't a file to read. */
static char *read_file(const char *cwd, const char *name, size_t *size) {
    char path[8192];
    if (name[0] == '<' || name[0] == 0) return NULL;
    int length = name[0] == '/' ? snprintf(path, sizeof path, "%s", name) : snprintf(path, sizeof path, "%s/%s", cwd, name);
    if (length < 0 || (size_t)length >= sizeof path) return NULL;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); /* a FIFO must not hold us up */
    struct stat status;
    char *text = NULL;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        size_t wanted = status.st_size < MAX_FILE ? (size_t)status.st_size : MAX_FILE, got = 0;
        text = fil_own_map(wanted);
        for (ssize_t now = 1; text && got < wanted && now > 0; got += now > 0 ? (size_t)now : 0)
            now = read(fd, text + got, wanted - got);
        *size = wanted;
    }
    if (fd >= 0) close(fd);
    return text;
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

/* A trimmed copy of a line, at most MAX_LINE characters, what isn't UTF-8 or is a control character replaced. */
static const char *clean_line(struct fil_arena *arena, const char *line, size_t length) {
    while (length && (*line == ' ' || *line == '\t' || *line == '\f')) line++, length--;
    while (length && (unsigned char)line[length - 1] <= ' ') length--;
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

/* The lines of one file that nodes use: wanted[line] in a growing set kept as a sorted array by insertion order of the file. */
static void take_lines(struct fil_report *report, const char *file, const uint8_t *wanted, uint32_t last, const char *text,
                       size_t size) {
    uint32_t line = 1;
    size_t start = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (start < size && line <= last) {
        const char *end = memchr(text + start, '\n', size - start);
        size_t length = end ? (size_t)(end - text) - start : size - start;
        if (wanted[line / 8] & 1 << line % 8) {
            const char *clean = clean_line(report->arena, text + start, length);
            if (clean && *clean) report->sources[report->source_count++] = (struct fil_source_line){file, line, clean};
        }
        start += length + 1;
        line++;
    }
}

/* Reads what nodes need of `file`; `lines[i]` belongs to nodes[i]. */
static void read_for(struct fil_report *report, const uint32_t *same_file, uint32_t file) {
    const struct fil_snapshot *s = report->snapshot;
    uint32_t last = 0;
    for (uint32_t i = 1; i < s->node_count; i++) {
        if (same_file[s->nodes[i].function] == file && s->nodes[i].line > last) last = s->nodes[i].line;
    }
    size_t size, set_bytes = last / 8 + 1;
    char *text = last ? read_file(report->cwd, s->functions[file].file, &size) : NULL;
    uint8_t *wanted = text ? fil_own_map(set_bytes) : NULL;
    for (uint32_t i = 1; wanted && i < s->node_count; i++) {
        if (same_file[s->nodes[i].function] == file) wanted[s->nodes[i].line / 8] |= (uint8_t)(1 << s->nodes[i].line % 8);
    }
    if (wanted) take_lines(report, s->functions[file].file, wanted, last, text, size);
    fil_own_unmap(wanted, set_bytes);
    if (text) fil_own_unmap(text, size);
}

void fil_report_read_sources(struct fil_report *report) {
    const struct fil_snapshot *s = report->snapshot;
    struct fil_arena *scratch = fil_arena_new();
    report->arena = fil_arena_new();
    uint32_t *same_file = scratch ? fil_arena_get(scratch, (size_t)s->function_count * sizeof *same_file) : NULL;
    uint8_t *used = scratch ? fil_arena_get(scratch, s->function_count) : NULL;
    if (report->arena) report->sources = fil_arena_get(report->arena, (size_t)s->node_count * sizeof *report->sources);
    if (same_file && used && report->sources) {
        for (uint32_t i = 1; i < s->node_count; i++) used[s->nodes[i].function] |= s->nodes[i].bytes > 0;
        for (uint32_t i = s->node_count; i-- > 1;) used[s->nodes[s->nodes[i].parent].function] |= used[s->nodes[i].function];
        for (uint32_t f = 1; f < s->function_count; f++) {
            for (same_file[f] = 1; same_file[f] < f && strcmp(s->functions[same_file[f]].file, s->functions[f].file) != 0;)
                same_file[f]++;
            if (used[f]) used[same_file[f]] = 2;
        }
        for (uint32_t f = 1; f < s->function_count; f++) {
            if (same_file[f] == f && used[f] == 2) read_for(report, same_file, f);
        }
    }
    fil_arena_free(scratch);
}

const char *fil_report_source(const struct fil_report *report, const char *file, uint32_t line) {
    for (uint32_t i = 0; i < report->source_count; i++) {
        if (report->sources[i].line == line && strcmp(report->sources[i].file, file) == 0) return report->sources[i].text;
    }
    return "";
}
