/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of libraries whose thread pools work for any line that calls them. fil_pools_have
 * is its entry. */
#include "pools.h"

#include <string.h>

#include "libraries.h"

/* Parts of the libraries' file names. */
static const char *const libraries[] = {"libarrow", "libparquet", "polars", "duckdb"};
/* Where std::thread's own routine lies; what it runs is an object of the library that made the
 * thread. */
static const char *const runtimes[] = {"libstdc++", "libc++"};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool names_one_of(const char *name, const char *const *parts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strstr(name, parts[i])) return true;
    }
    return false;
}

bool fil_pools_have(const void *routine, const void *argument) {
    const char *library = fil_libraries_name(routine);
    /* The argument of std::thread's routine is an object with virtual functions; their table lies
     * in the library it came from. */
    if (argument && names_one_of(library, runtimes, COUNT(runtimes)))
        library = fil_libraries_name(*(const void *const *)argument);
    return names_one_of(library, libraries, COUNT(libraries));
}
