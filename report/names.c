/* SPDX-License-Identifier: Apache-2.0 */
/* Owns how a function's qualified name is shortened for people. fil_names_shortened is its entry.
 */
#include "names.h"

#include <string.h>

/* NULL without memory. */
static const char *short_name(const char *name, struct fil_arena *arena) {
    static const char locals[] = ".<locals>";
    const char *at = strstr(name, locals);
    char *copy = at ? fil_arena_get(arena, strlen(name) + 1) : NULL, *end = copy;
    if (!copy) return at ? NULL : name;
    for (; at; at = strstr(name, locals)) {
        memcpy(end, name, (size_t)(at - name));
        end += at - name;
        name = at + sizeof locals - 1;
    }
    memcpy(end, name, strlen(name) + 1);
    return copy;
}

const struct fil_snapshot *fil_names_shortened(const struct fil_snapshot *snapshot,
                                               struct fil_arena *arena) {
    struct fil_snapshot *shortened = fil_arena_get(arena, sizeof *shortened);
    struct fil_function *functions =
        fil_arena_get(arena, (size_t)snapshot->function_count * sizeof *functions);
    if (!shortened || !functions) return NULL;
    for (uint32_t i = 0; i < snapshot->function_count; i++) {
        functions[i] = snapshot->functions[i];
        functions[i].name = short_name(snapshot->functions[i].name, arena);
        if (!functions[i].name) return NULL;
    }
    *shortened = *snapshot;
    shortened->functions = functions;
    return shortened;
}
