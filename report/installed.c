/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the search for what was installed into the reader's folders, by the RECORD of each
 * distribution beside it. fil_installed_find is its entry. */
#include "installed.h"

#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "folder.h"
#include "places.h"
#include "sourcetext.h"

enum { PATH = 4096, MOST_FOLDERS = 256, MOST_NAMES = 128, MOST_LEVELS = 12 };

/* The first part of a path that a RECORD names: a package's folder, or a module's file. */
struct name {
    const char *text;
    size_t length;
    struct name *next;
};

/* A folder that was looked at, and what its distributions installed there. */
struct folder {
    const char *path;
    struct name *names;
};

struct finding {
    struct fil_report *report;
    struct fil_arena *scratch;
    struct fil_sourcetext text;
    struct folder folders[MOST_FOLDERS], *current;
    uint32_t folder_count, name_count;
    const char **names; /* what was found, in the report's arena */
};

static bool is_known(const struct folder *folder, const char *text, size_t length) {
    for (const struct name *name = folder->names; name; name = name->next) {
        if (name->length == length && memcmp(name->text, text, length) == 0) return true;
    }
    return false;
}

/* One line of a RECORD: "pandas/io/parsers.py,sha256=…,1234". */
static void take_line(struct finding *f, const char *line, size_t length) {
    size_t first = 0;
    while (first < length && line[first] != '/' && line[first] != ',') first++;
    bool is_module = first > 3 && memcmp(line + first - 3, ".py", 3) == 0;
    bool is_folder = first < length && line[first] == '/' && line[0] != '.' && line[0] != '"';
    if (!is_module && !is_folder) return;
    if (is_known(f->current, line, first)) return;
    struct name *name = fil_arena_get(f->scratch, sizeof *name);
    const char *text = name ? fil_arena_copy(f->scratch, line, first) : NULL;
    if (!text) return;
    *name = (struct name){text, first, f->current->names};
    f->current->names = name;
}

/* Whether the distribution is installed to be edited: then its code lies elsewhere. */
static bool is_editable(struct finding *f, const char *info) {
    static const char mark[] = "\"editable\": true";
    char path[PATH];
    if (snprintf(path, sizeof path, "%s/direct_url.json", info) >= (int)sizeof path) return false;
    if (!fil_sourcetext_read(&f->text, "", path)) return false;
    for (size_t at = 0; at + sizeof mark - 1 <= f->text.used; at++) {
        if (memcmp(f->text.text + at, mark, sizeof mark - 1) == 0) return true;
    }
    return false;
}

/* What one distribution installed. */
static bool take_distribution(const char *name, void *context) {
    static const char ending[] = ".dist-info";
    struct finding *f = context;
    size_t length = strlen(name), tail = sizeof ending - 1;
    char info[PATH], record[PATH];
    if (length <= tail || strcmp(name + length - tail, ending) != 0) return true;
    if (snprintf(info, sizeof info, "%s/%s", f->current->path, name) >= (int)sizeof info ||
        snprintf(record, sizeof record, "%s/RECORD", info) >= (int)sizeof record)
        return true;
    if (is_editable(f, info) || !fil_sourcetext_read(&f->text, "", record)) return true;
    for (size_t at = 0; at < f->text.used;) {
        const char *line = f->text.text + at, *end = memchr(line, '\n', f->text.used - at);
        size_t used = end ? (size_t)(end - line) : f->text.used - at;
        take_line(f, line, used);
        at += used + 1;
    }
    return true;
}

/* The folder, which is the first `length` bytes of the file's path; NULL where there are too
 * many. */
static const struct folder *look_into(struct finding *f, const char *file, size_t length) {
    for (uint32_t i = 0; i < f->folder_count; i++) {
        const char *known = f->folders[i].path;
        if (strncmp(known, file, length) == 0 && !known[length]) return &f->folders[i];
    }
    if (f->folder_count == MOST_FOLDERS) return NULL;
    f->current = &f->folders[f->folder_count];
    *f->current = (struct folder){fil_arena_copy(f->scratch, file, length), NULL};
    if (!f->current->path) return NULL;
    f->folder_count++;
    fil_folder_visit(f->current->path, take_distribution, f);
    return f->current;
}

/* From the file's own folder outwards, but for the root. */
static void find_package(struct finding *f, const char *file) {
    size_t length = strlen(file);
    for (int level = 0; level < MOST_LEVELS; level++) {
        while (length && file[length - 1] != '/') length--;
        if (length < 2) return;
        const struct folder *folder = look_into(f, file, --length);
        const char *rest = file + length + 1;
        size_t first = strcspn(rest, "/");
        if (!folder || !is_known(folder, rest, first)) continue;
        const char *name = fil_arena_copy(f->report->arena, file, length + 1 + first);
        if (name && f->name_count < MOST_NAMES) f->names[f->name_count++] = name;
        f->report->installed.count = f->name_count;
        return;
    }
}

void fil_installed_find(struct fil_report *report, const uint32_t *first,
                        struct fil_arena *scratch) {
    const struct fil_snapshot *s = report->snapshot;
    struct finding *f = fil_arena_get(scratch, sizeof *f);
    const char **names = fil_arena_get(report->arena, MOST_NAMES * sizeof *names);
    if (!f || !names) return;
    *f = (struct finding){.report = report, .scratch = scratch, .names = names};
    report->installed = (struct fil_named){names, 0};
    size_t ours = strlen(report->package_dir);
    for (uint32_t i = 1; i < s->function_count; i++) {
        const char *file = s->functions[i].file;
        bool is_ours = ours && strncmp(file, report->package_dir, ours) == 0;
        if (first[i] != i || *file != '/' || is_ours) continue;
        if (fil_places_code(report, file, scratch) == FIL_CODE_OWN) find_package(f, file);
    }
    fil_sourcetext_clear(&f->text);
}
