/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the hooks by which cJSON works on our own memory. fil_cjson_begin sets them for the calling
 * thread, and fil_cjson_end takes them back. */
#include "cjsonmemory.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static _Thread_local struct fil_arena *mine __attribute__((tls_model("initial-exec")));

static void *get(size_t bytes) {
    return mine ? fil_arena_get(mine, bytes) : malloc(bytes);
}

/* Pieces of the arena go with the arena. */
static void give_back(void *block) {
    if (!mine || !fil_arena_has(mine, block)) free(block);
}

void fil_cjson_begin(struct fil_arena *arena) {
    cJSON_Hooks hooks = {get, give_back};
    mine = arena;
    cJSON_InitHooks(&hooks);
}

void fil_cjson_end(void) {
    mine = NULL;
    cJSON_InitHooks(NULL);
}
