/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the answer to whose code a file is. fil_places_of is its main entry. */
#include "places.h"

#include <string.h>

#include "treebuilder.h"

const char *const fil_code_names[] = {"none", "own", "standard", "library"};

/* Behind the folder of an egg, "numpy-1.0-py3.11.egg/numpy/__init__.py". */
static const char *behind_egg(const char *path) {
    size_t length = strcspn(path, "/");
    return length > 4 && strncmp(path + length - 4, ".egg", 4) == 0 && path[length]
               ? path + length + 1
               : path;
}

/* What stands behind the last "site-packages/" or "dist-packages/", or NULL: an environment may lie
 * in a folder of that name. */
static const char *behind_packages(const char *file) {
    const char *found = NULL;
    for (const char *at = file; (at = strstr(at, "-packages/")); at++) {
        const char *begin = at - 4, *behind = at + strlen("-packages/");
        bool is_one =
            at - file >= 4 && (strncmp(begin, "site", 4) == 0 || strncmp(begin, "dist", 4) == 0);
        if (is_one && (begin == file || begin[-1] == '/') && *behind && *behind != '/')
            found = behind_egg(behind);
    }
    return found;
}

/* What stands behind "lib/python3.12/", or NULL. */
static const char *behind_standard(const char *file) {
    for (const char *at = file; (at = strstr(at, "/python")); at++) {
        const char *digit = at + strlen("/python"), *slash = strchr(digit, '/');
        size_t before = (size_t)(at - file);
        size_t lib = before >= 5 && strncmp(at - 5, "lib64", 5) == 0 ? 5
                     : before >= 3 && strncmp(at - 3, "lib", 3) == 0 ? 3
                                                                     : 0;
        bool is_folder = lib && (before == lib || at[-(ptrdiff_t)lib - 1] == '/');
        if (is_folder && *digit >= '0' && *digit <= '9' && slash) return slash + 1;
    }
    return NULL;
}

/* Code that is in no file, as `<string>`, but for what was typed: a session's lines, and cells. */
static bool is_generated(const char *file) {
    static const char *const others[] = {FIL_IMPORT_FILE,   "<frozen ", "<stdin",
                                         "<ipython-input-", "<timed ",  "<magic-timeit"};
    if (*file != '<') return false;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strncmp(file, others[i], strlen(others[i])) == 0) return false;
    }
    return true;
}

/* The last folder or file of a path. */
static const char *tail_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What stands behind the folder, "" for the file itself, or NULL. */
static const char *behind_folder(const char *file, const char *folder) {
    size_t length = strlen(folder);
    while (length && folder[length - 1] == '/') length--;
    if (strncmp(file, folder, length) != 0 || (file[length] && file[length] != '/')) return NULL;
    return file[length] ? file + length + 1 : file + length;
}

/* Whether a path, as it stands in a folder of packages, is the package's: "a/b/c.py" is that of "a"
 * and of "a.b", "a.py" that of "a". */
static bool is_packages(const char *path, const char *package) {
    for (; *package; path++, package++) {
        if (*path != (*package == '.' ? '/' : *package)) return false;
    }
    return *path == '/' || *path == '.';
}

/* The package or module of those that were installed elsewhere which the file belongs to, or
 * NULL. */
static const char *installed_as(const struct fil_report *report, const char *file) {
    for (uint32_t i = 0; i < report->installed.count; i++) {
        if (behind_folder(file, report->installed.names[i])) return report->installed.names[i];
    }
    return NULL;
}

/* Whether the file is a library's that lies in a folder below this one. */
static bool is_librarys_below(const struct fil_report *report, const char *file,
                              const char *folder) {
    const char *installed = installed_as(report, file), *behind = behind_folder(file, folder);
    const char *below = installed ? behind_folder(installed, folder) : NULL;
    return behind_packages(behind) || behind_standard(behind) || (below && strchr(below, '/'));
}

/* What stands behind a folder in which libraries are installed, or NULL. */
static const char *behind_libraries(const struct fil_report *report, const char *file) {
    const char *path = behind_packages(file), *installed = path ? NULL : installed_as(report, file);
    return installed ? file + (tail_of(installed) - installed) : path;
}

/* The name among these that the file belongs to, or NULL. */
static const char *name_of(const struct fil_report *report, const struct fil_named *named,
                           const char *file, const char *path) {
    for (uint32_t i = 0; i < named->count; i++) {
        const char *name = named->names[i];
        bool is_inside = strchr(name, '/') && behind_folder(file, name);
        if (is_inside && !is_librarys_below(report, file, name)) return name;
        if (path && !strchr(name, '/') && is_packages(path, name)) return name;
    }
    return NULL;
}

/* What a report's reader named, and the program that is run; no name: neither. */
static struct fil_package named_package(const struct fil_report *report, const char *file) {
    const char *path = behind_libraries(report, file);
    const char *name = name_of(report, &report->own, file, path ? path : behind_standard(file));
    if (name)
        return (struct fil_package){strchr(name, '/') ? "own code" : name, FIL_CODE_OWN, false};
    name = name_of(report, &report->program, file, path);
    return (struct fil_package){name ? tail_of(name) : NULL, FIL_CODE_OWN, true};
}

static struct fil_package package_of(const struct fil_report *report, const char *file,
                                     struct fil_arena *arena) {
    const char *library = behind_libraries(report, file);
    struct fil_package named = named_package(report, file);
    if (named.name) return named;
    if (library) {
        size_t length = strcspn(library, "/");
        if (length > 3 && strncmp(library + length - 3, ".py", 3) == 0) length -= 3;
        return (struct fil_package){fil_arena_copy(arena, library, length), FIL_CODE_LIBRARY,
                                    false};
    }
    if (*file == 0 || *file == '[' || is_generated(file))
        return (struct fil_package){file, FIL_CODE_NONE, false};
    bool is_standard = behind_standard(file) || strncmp(file, "<frozen ", 8) == 0;
    bool is_import = strcmp(file, FIL_IMPORT_FILE) == 0;
    if (is_standard || is_import)
        return (struct fil_package){"standard library", FIL_CODE_STANDARD, false};
    return (struct fil_package){"own code", FIL_CODE_OWN, false};
}

enum fil_code fil_places_code(const struct fil_report *report, const char *file,
                              struct fil_arena *scratch) {
    return package_of(report, file, scratch).code;
}

/* The number of the package, which is added if need be; packages are few. 0 without memory: the
 * root's. */
static uint32_t number_of_package(struct fil_places *places, const char *file,
                                  struct fil_arena *arena) {
    struct fil_package package = package_of(places->report, file, arena);
    if (!package.name) return 0;
    for (uint32_t i = 0; i < places->package_count; i++) {
        const struct fil_package *known = &places->packages[i];
        bool is_alike = known->code == package.code && known->is_program == package.is_program;
        if (is_alike && strcmp(known->name, package.name) == 0) return i;
    }
    places->packages[places->package_count] = package;
    return places->package_count++;
}

/* The number of the path, by a table of hash => path + 1. */
static uint32_t number_of_path(struct fil_places *places, const char *file, uint32_t *table,
                               uint32_t mask, struct fil_arena *arena) {
    for (uint32_t i = (uint32_t)fil_treebuilder_hash(file);; i++) {
        uint32_t *bucket = &table[i & mask];
        if (*bucket && strcmp(places->paths[*bucket - 1].file, file) == 0) return *bucket - 1;
        if (*bucket) continue;
        places->paths[places->path_count] =
            (struct fil_path){file, number_of_package(places, file, arena)};
        *bucket = ++places->path_count;
        return *bucket - 1;
    }
}

struct fil_places *fil_places_of(const struct fil_report *report, const struct fil_tree *tree,
                                 struct fil_arena *arena) {
    uint32_t capacity = 16;
    while (capacity < (uint64_t)tree->function_count * 2) capacity *= 2;
    uint32_t *table = fil_arena_get(arena, (size_t)capacity * sizeof *table);
    struct fil_places *places = fil_arena_get(arena, sizeof *places);
    if (!table || !places) return NULL;
    places->report = report;
    places->paths =
        fil_arena_get(arena, ((size_t)tree->function_count + 1) * sizeof *places->paths);
    places->packages =
        fil_arena_get(arena, ((size_t)tree->function_count + 1) * sizeof *places->packages);
    places->path_of = fil_arena_get(arena, (size_t)tree->function_count * sizeof *places->path_of);
    places->named = fil_arena_get(arena, tree->function_count);
    if (!places->paths || !places->packages || !places->path_of || !places->named) return NULL;
    places->packages[places->package_count++] = (struct fil_package){"", FIL_CODE_NONE, false};
    for (uint32_t i = 1; i < tree->count; i++) places->named[tree->nodes[i].function] = 1;
    number_of_path(places, "", table, capacity - 1, arena);
    for (uint32_t f = 1; f < tree->function_count; f++) {
        if (!places->named[f]) continue;
        places->path_of[f] =
            number_of_path(places, tree->functions[f].file, table, capacity - 1, arena);
    }
    return places;
}

/* What stands behind "folder/", or NULL; a folder that isn't known, or is the root, tells nothing.
 */
static const char *below_folder(const char *file, const char *folder) {
    const char *behind =
        folder && *folder && strcmp(folder, "/") != 0 ? behind_folder(file, folder) : NULL;
    return behind && *behind ? behind : NULL;
}

void fil_places_short(const char *file, const struct fil_look *look, struct fil_buffer *buffer) {
    const char *inside = below_folder(file, look->here), *whole = inside ? inside : file;
    const char *path = behind_packages(whole);
    if (!path) path = behind_standard(whole);
    if (!path) path = inside;
    const char *below_home = path ? NULL : below_folder(file, look->home);
    if (below_home) fil_buffer_text(buffer, "~/");
    fil_buffer_text(buffer, path ? path : below_home ? below_home : file);
}

/* The folder that the file lies in, or its own name, without what stands before the last slash. */
static const char *last_of(const char *file) {
    static const char init[] = "/__init__.py";
    size_t length = strlen(file), tail = sizeof init - 1;
    const char *end = length > tail && strcmp(file + length - tail, init) == 0
                          ? file + length - tail
                          : file + length;
    while (end > file && end[-1] != '/') end--;
    return end;
}

void fil_places_module(const char *file, char *module, size_t size) {
    const char *path = behind_packages(file);
    if (!path) path = behind_standard(file);
    if (!path) path = last_of(file);
    static const char frozen[] = "<frozen ";
    size_t length = strlen(path), init = strlen("/__init__.py"), suffix = strlen(".py");
    bool is_frozen = strncmp(path, frozen, sizeof frozen - 1) == 0 && path[length - 1] == '>';
    if (is_frozen) {
        path += sizeof frozen - 1;
        length -= sizeof frozen;
    } else if (length > init && strcmp(path + length - init, "/__init__.py") == 0) length -= init;
    else if (length > suffix && strcmp(path + length - suffix, ".py") == 0) length -= suffix;
    if (length >= size) length = size - 1;
    while (length && ((unsigned char)path[length] & 0xC0) == 0x80)
        length--; /* not within a character */
    for (size_t i = 0; i < length; i++) module[i] = path[i] == '/' ? '.' : path[i];
    memset(module + length, 0, size - length);
}
