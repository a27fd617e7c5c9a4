/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the answer to which library a code address lies in. fil_libraries_is_one is its main entry.
 */
#define _GNU_SOURCE
#include "libraries.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

/* As in glibc 2.35 and newer, where it finds the library of an address without the loader's lock,
 * which a thread that is being created may not wait for. Looked up by name, so that older ones do:
 * there no address has a library. */
struct found_object {
    unsigned long long flags;
    void *map_start, *map_end;
    struct link_map *library;
    void *reserved[16];
};
static int (*find_object)(void *address, struct found_object *found);

void fil_libraries_prepare(void) {
    *(void **)&find_object = dlsym(RTLD_DEFAULT, "_dl_find_object");
}

const char *fil_libraries_name(const void *address) {
    struct found_object found = {0};
    if (!find_object || find_object((void *)address, &found) != 0 || !found.library ||
        !found.library->l_name)
        return "";
    const char *slash = strrchr(found.library->l_name, '/');
    return slash ? slash + 1 : found.library->l_name;
}

bool fil_libraries_is_one(const void *address) {
    static const char *const programs[] = {"libpython", "mmap.", "_ctypes.", "libffi"};
    const char *name = fil_libraries_name(address);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (strncmp(name, programs[i], strlen(programs[i])) == 0) return false;
    }
    return *name;
}
