/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the functions of a recording and the copies of their names. fil_functions_number is its main
 * entry, for a code object that is seen for the first time. */
#include "functions.h"

#include <string.h>

#include "../base/own.h"
#include "text.h"

#define FIRST_FUNCTIONS 2048u

static struct {
    const struct fil_engine *engine;
    struct fil_function *list; /* [0] is {"", "", 0} */
    uint32_t *entries; /* by a hash of the names: numbers, 0 where there is none; twice as many as
                         there is room for */
    uint32_t count, capacity;
} functions;

void fil_functions_prepare(const struct fil_engine *engine) {
    functions.engine = engine;
    fil_text_prepare(engine);
}

static uint32_t hash_of(const struct fil_function *function) {
    uint32_t hash = function->first_line;
    for (const char *c = function->name; *c; c++) hash = (hash ^ (unsigned char)*c) * 0x01000193u;
    for (const char *c = function->file; *c; c++) hash = (hash ^ (unsigned char)*c) * 0x01000193u;
    return hash;
}

static bool is_same(const struct fil_function *a, const struct fil_function *b) {
    return a->first_line == b->first_line && strcmp(a->name, b->name) == 0 &&
           strcmp(a->file, b->file) == 0;
}

/* Where the number of such a function stands, or would. */
static uint32_t *entry_of(const struct fil_function *wanted) {
    uint32_t mask = functions.capacity * 2 - 1;
    for (uint32_t i = hash_of(wanted);; i++) {
        uint32_t *entry = &functions.entries[i & mask];
        if (!*entry || is_same(&functions.list[*entry], wanted)) return entry;
    }
}

static bool make_room(void) {
    if (functions.count < functions.capacity) return true;
    uint32_t capacity = functions.capacity ? functions.capacity * 2 : FIRST_FUNCTIONS;
    uint32_t *entries = fil_own_map(capacity * 2 * sizeof *entries);
    if (!entries) return false;
    size_t old_bytes = functions.capacity * sizeof *functions.list,
           new_bytes = capacity * sizeof *functions.list;
    struct fil_function *list = functions.engine->blackbox_grow(
        FIL_PIECE_FUNCTIONS, 0, functions.list, old_bytes, new_bytes);
    if (!list) {
        fil_own_unmap(entries, capacity * 2 * sizeof *entries);
        return false;
    }
    fil_own_unmap(functions.entries, functions.capacity * 2 * sizeof *entries);
    functions.entries = entries;
    functions.list = list;
    functions.capacity = capacity;
    if (!functions.count) functions.list[functions.count++] = (struct fil_function){"", "", 0};
    for (uint32_t i = 1; i < functions.count; i++) *entry_of(&functions.list[i]) = i;
    return true;
}

uint32_t fil_functions_number(PyCodeObject *code) {
    if (!make_room()) return 0;
    uint32_t first_line = code->co_firstlineno > 0 ? (uint32_t)code->co_firstlineno : 0;
    struct fil_function wanted = {fil_text_copy(code->co_qualname),
                                  fil_text_copy(code->co_filename), first_line};
    uint32_t *entry = entry_of(&wanted);
    if (*entry) {
        fil_text_drop(wanted.file);
        fil_text_drop(wanted.name);
    } else {
        functions.list[functions.count] = wanted;
        *entry = functions.count++;
    }
    return *entry;
}

int fil_functions_copy(struct fil_function **copy, uint32_t *count) {
    static const struct fil_function none = {"", "", 0};
    *count = functions.count ? functions.count : 1;
    *copy = fil_own_map(*count * sizeof **copy);
    if (!*copy) return FIL_SNAPSHOT_NO_MEMORY;
    memcpy(*copy, functions.count ? functions.list : &none, *count * sizeof none);
    return 0;
}

void fil_functions_clear(void) {
    fil_own_unmap(functions.entries, functions.capacity * 2 * sizeof *functions.entries);
    functions.engine->blackbox_unmap(functions.list, functions.capacity * sizeof *functions.list);
    functions.list = NULL;
    functions.entries = NULL;
    functions.count = functions.capacity = 0;
    fil_text_clear();
}
