/* SPDX-License-Identifier: Apache-2.0 */
/* A library that allocates when it is loaded, makes a thread that does, and frees what it has when
 * it is unloaded. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void *blocks[10];

static void *allocate(void *nothing) {
    free(calloc(10, 1000));
    return nothing;
}

__attribute__((constructor)) static void load(void) {
    pthread_t thread;
    for (int i = 0; i < 10; i++) blocks[i] = memset(malloc(1000), 1, 1000);
    if (pthread_create(&thread, NULL, allocate, NULL) == 0) pthread_join(thread, NULL);
    if (getenv("FAULT_LIBRARIES")) blocks[0] = realloc(blocks[0], 100000);
}

__attribute__((destructor)) static void unload(void) {
    for (int i = 0; i < 10; i++) free(blocks[i]);
    free(malloc(5000));
}

void *take(size_t bytes) {
    return malloc(bytes);
}

void give_back(void *block) {
    free(block);
}
