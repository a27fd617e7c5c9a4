/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "pools.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

/* Parts of the libraries' file names. */
static const char *const libraries[] = {"libarrow", "libparquet", "polars", "duckdb"};
/* Where std::thread's own routine lies; what it runs is an object of the library that made the thread. */
static const char *const runtimes[] = {"libstdc++", "libc++"};
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* As in glibc 2.35 and newer, where it finds the library of an address without the loader's lock, which whoever creates a thread
 * may not wait for. Looked up by name, so that older ones do: they know no pools. */
struct found_object {
    unsigned long long flags;
    void *map_start, *map_end;
    struct link_map *library;
    void *reserved[16];
};
static int (*find_object)(void *address, struct found_object *found);

void fil_pools_prepare(void) {
    *(void **)&find_object = dlsym(RTLD_DEFAULT, "_dl_find_object");
}

/* The file name of the library that `address` lies in; "" for none. */
static const char *library_of(const void *address) {
    struct found_object found = {0};
    if (!find_object || find_object((void *)address, &found) != 0 || !found.library || !found.library->l_name) return "";
    const char *slash = strrchr(found.library->l_name, '/');
    return slash ? slash + 1 : found.library->l_name;
}

static bool names_one_of(const char *name, const char *const *parts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strstr(name, parts[i])) return true;
    }
    return false;
}

bool fil_pools_have(const void *routine, const void *argument) {
    const char *library = library_of(routine);
    /* The argument of std::thread's routine is an object with virtual functions; their table lies in the library it came from. */
    if (argument && names_one_of(library, runtimes, COUNT(runtimes))) library = library_of(*(const void *const *)argument);
    return names_one_of(library, libraries, COUNT(libraries));
}
