/* SPDX-License-Identifier: Apache-2.0 */
/* The one header between the preloaded shim and the Python extension.
 *
 * The shim exports one symbol, `fil_engine_v1`; the extension, which is loaded later, finds it with
 * dlsym(RTLD_DEFAULT, FIL_ENGINE_SYMBOL). A change of this struct is a new version and a new
 * symbol. */
#ifndef FIL_ENGINE_H
#define FIL_ENGINE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/blackbox.h"
#include "engine/oom.h"
#include "engine/recorder.h"
#include "engine/snapshot.h"

#define FIL_ENGINE_SYMBOL "fil_engine_v1"

/* The shape of CPython's PyMemAllocatorEx; the extension asserts that it is the same. */
struct fil_python_allocator {
    void *ctx;
    void *(*malloc)(void *ctx, size_t bytes);
    void *(*calloc)(void *ctx, size_t count, size_t bytes);
    void *(*realloc)(void *ctx, void *block, size_t bytes);
    void (*free)(void *ctx, void *block);
};

struct fil_engine {
    /* As the functions of recorder.h and calltree.h of the same names. */
    bool (*start)(const struct fil_walker *walker, void (*prepare)(void));
    int (*snapshot)(struct fil_snapshot *out, struct fil_moment_shown shown, bool stop);
    void (*release)(struct fil_snapshot *snapshot);
    void (*end_program)(void);
    bool (*is_recording)(void);
    /* Reads the live bytes and the peak so far, without waiting, while other threads may change
     * them. */
    void (*figures)(int64_t *live, int64_t *peak);
    uint32_t (*child_node)(uint32_t parent, uint32_t function, uint32_t line);
    /* As the function of givenwork.h; in a walk. */
    uint32_t (*given_work)(uintptr_t address, uint32_t root, bool by_others);
    /* Fills `hook` so that it records and passes on to `*inner`, which must outlive it. */
    void (*wrap_python_allocator)(struct fil_python_allocator *inner,
                                  struct fil_python_allocator *hook);
    /* As the function of growth.h. */
    void (*urged)(void);
    /* As the function of oom.h; lasts until the recording's end. Between two recordings. */
    bool (*watch_memory)(fil_on_shortage told, char reason[FIL_LIMIT_TEXT]);
    /* As the functions of blackbox.h. */
    int (*open_blackbox)(const char *path, bool watched, int shortage_signal);
    bool (*memory_is_watched)(void);
    void (*blackbox_reported)(void);
    bool (*blackbox_leave)(int error);
    void *(*blackbox_grow)(enum fil_piece kind, uint32_t index, void *block, size_t old_bytes,
                           size_t new_bytes);
    void (*blackbox_unmap)(void *block, size_t bytes);
    void (*expect_shortage_signal)(int number);
    /* As the function of shim/signals.h. */
    int (*take_signal)(int from, int to, int value, void (*handler)(int, siginfo_t *, void *),
                       void (*moved)(int number));
    /* Marks the calling thread as the profiler's own (+1) or the program's again (-1): its
     * allocations don't count meanwhile. Returns how often it is marked; 0 changes nothing. */
    uint32_t (*guard)(int change);
    /* Returns a setting of the launcher, by its variable's name without "_FIL_"; NULL when it isn't
     * set. */
    const char *(*setting)(const char *name);
};

#endif
