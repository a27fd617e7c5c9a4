/* SPDX-License-Identifier: Apache-2.0 */
/* A tool that counts the calls of Python's allocators: it stands on top of whatever is there, as
 * tools do that know nothing of each other. Python.h isn't needed for that: the struct is as
 * CPython documents it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

struct allocator {
    void *ctx;
    void *(*malloc)(void *ctx, size_t size);
    void *(*calloc)(void *ctx, size_t count, size_t size);
    void *(*realloc)(void *ctx, void *block, size_t size);
    void (*free)(void *ctx, void *block);
};

static struct allocator inner[3];
static atomic_int counted;

static void *count_malloc(void *ctx, size_t size) {
    struct allocator *from = ctx;
    counted++;
    return from->malloc(from->ctx, size);
}

static void *count_calloc(void *ctx, size_t count, size_t size) {
    struct allocator *from = ctx;
    counted++;
    return from->calloc(from->ctx, count, size);
}

static void *count_realloc(void *ctx, void *block, size_t size) {
    struct allocator *from = ctx;
    counted++;
    return from->realloc(from->ctx, block, size);
}

static void count_free(void *ctx, void *block) {
    struct allocator *from = ctx;
    from->free(from->ctx, block);
}

static void change(const char *name, int domain, struct allocator *allocator) {
    void (*function)(int, struct allocator *);
    *(void **)&function = dlsym(RTLD_DEFAULT, name);
    function(domain, allocator);
}

/* How many domains it stands on now: raw, mem and object. */
int put_on(void) {
    for (int domain = 0; domain < 3; domain++) {
        struct allocator outer = {&inner[domain], count_malloc, count_calloc, count_realloc,
                                  count_free};
        change("PyMem_GetAllocator", domain, &inner[domain]);
        change("PyMem_SetAllocator", domain, &outer);
    }
    return 3;
}

/* Returns in how many domains our allocator is still the topmost. */
int take_off(void) {
    int own = 0;
    for (int domain = 0; domain < 3; domain++) {
        struct allocator now;
        change("PyMem_GetAllocator", domain, &now);
        own += now.ctx == &inner[domain] && now.malloc == count_malloc;
        change("PyMem_SetAllocator", domain, &inner[domain]);
    }
    return own;
}

int calls(void) {
    return counted;
}
