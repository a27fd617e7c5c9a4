/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the text of all paths of mapped files. fil_paths_number_locked is its main entry, for each
 * file that is mapped. */
#include "paths.h"

#include <stdbool.h>
#include <string.h>

#include "../base/own.h"
#include "ranges.h"

#define FIRST_BYTES 16384u
#define MAX_BYTES (16u << 20) /* text in all; files mapped later have no path */

/* One text, path after path, each with its NUL; a path begins at its number. No path has the first
 * byte. */
static struct {
    /* Guarded by the mappings' lock. Bytes used and mapped, and the number of the path that was
     * added last. A number is an offset into the text: it stays valid when the text moves. */
    char *text;
    uint32_t used, capacity, newest;
} paths;

static bool make_room(size_t bytes) {
    if (!paths.text) {
        paths.text = fil_own_map(FIRST_BYTES);
        paths.capacity = paths.text ? FIRST_BYTES : 0;
        paths.used = 1;
    }
    while (paths.text && paths.capacity - paths.used < bytes && paths.capacity < MAX_BYTES) {
        char *grown = fil_own_grow(paths.text, paths.capacity, paths.capacity * 2);
        if (!grown) return false;
        paths.text = grown;
        paths.capacity *= 2;
    }
    return paths.text && paths.capacity - paths.used >= bytes;
}

uint32_t fil_paths_number_locked(const char *path) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    size_t bytes = strlen(path) + 1;
    if (paths.newest && strcmp(paths.text + paths.newest, path) == 0)
        return paths.newest; /* a file mapped piece by piece */
    if (!make_room(bytes)) return 0;
    memcpy(paths.text + paths.used, path, bytes);
    paths.newest = paths.used;
    paths.used += (uint32_t)bytes;
    return paths.newest;
}

const char *fil_paths_text(uint32_t *bytes) {
    *bytes = paths.used;
    return paths.text;
}

void fil_paths_clear(void) {
    fil_own_unmap(paths.text, paths.capacity);
    paths.text = NULL;
    paths.used = paths.capacity = paths.newest = 0;
}
