/* SPDX-License-Identifier: Apache-2.0 */
/* The contract between the preloaded shim, which has the engine, and the Python extension.
 *
 *   libfilshim.so (shim, engine)  ── exports fil_engine_v1 ──►  _filext.so (extension, walker)
 *                                 ◄── struct fil_walker ──────
 *
 * The extension, which is loaded later, finds the engine with dlsym(RTLD_DEFAULT,
 * FIL_ENGINE_SYMBOL). Another shape of any struct here is a new version and a new symbol. No
 * function raises, allocates through malloc or changes errno; each may be called from any thread
 * unless it says otherwise. */
#ifndef FIL_ENGINE_H
#define FIL_ENGINE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/piece.h"
#include "base/shortage.h"
#include "base/snapshot.h"

#define FIL_ENGINE_SYMBOL "fil_engine_v1"

struct fil_shortway;

/* ---- what the extension provides */

/* What struct fil_walker's `stack` returns for a thread without Python frames. */
#define FIL_NO_STACK 0u

struct fil_walker {
    /* Returns the calling thread's stack: a node of the call tree at or below `root`, or below the
     * stack that gave the thread its present work (engine/givenwork.h); FIL_NO_STACK when the
     * thread has no frames. `memo` is the thread's own, NULL at first. `is_attached`: the
     * thread is attached to the interpreter for certain (it has the GIL, where there is one),
     * because the caller is one of Python's own allocators. */
    uint32_t (*stack)(void **memo, uint32_t root, bool is_attached);
    /* Forgets what the calling thread's memo knows of code objects that are dead, or of stacks that
     * aren't below `root`: the short way (record/event.h) may use it then. False when it is NULL.
     */
    bool (*refresh)(void *memo, uint32_t root);
    /* Writes the name of the thread that the calling one is about to create, NUL-terminated; false
     * when it is unknown. */
    bool (*new_thread_name)(char *name, size_t size);
    /* The interpreter's own code. A thread that waits in there (for the GIL, for a thread) has
     * given no work to others. */
    uintptr_t interpreter_start, interpreter_end;
    /* The interpreter's own reservations hold Python's objects, which Python's allocators report
     * one by one. */
    bool interpreter_reserves;
};

/* The shape of CPython's PyMemAllocatorEx; the extension asserts that it is the same. */
struct fil_python_allocator {
    void *ctx;
    void *(*malloc)(void *ctx, size_t bytes);
    void *(*calloc)(void *ctx, size_t count, size_t bytes);
    void *(*realloc)(void *ctx, void *block, size_t bytes);
    void (*free)(void *ctx, void *block);
};

/* Why there is no snapshot; 0 is success. */
enum { FIL_SNAPSHOT_NOT_RECORDING = 1, FIL_SNAPSHOT_NO_MEMORY, FIL_SNAPSHOT_BUSY };

/* ---- what the shim provides */

struct fil_engine {
    /* -- the record */

    /* Starts a recording; `prepare` runs while no thread records, before the first event. False
     * when one runs already, or without memory. */
    bool (*start)(const struct fil_walker *walker, void (*prepare)(void));
    /* Freezes the moment that is asked for into `*out`, for release(); with `stop` the recording
     * ends. The caller fills in the functions. Returns 0 or one of FIL_SNAPSHOT_…. */
    int (*snapshot)(struct fil_snapshot *out, struct fil_moment_shown shown, bool stop);
    /* Releases all of a snapshot but its functions. */
    void (*release)(struct fil_snapshot *snapshot);
    /* The program has ended: what lives now is what later snapshots tell of the end. */
    void (*end_program)(void);
    bool (*is_recording)(void);
    /* Reads the live bytes and the peak so far, without waiting, while other threads may change
     * them. */
    void (*figures)(int64_t *live, int64_t *peak);
    /* Returns the node of the call tree for a frame (function index, 1-based line) below `parent`;
     * `parent` itself without memory. In a walk. */
    uint32_t (*child_node)(uint32_t parent, uint32_t function, uint32_t line);
    /* Returns the node below which a thread's stacks lie while it does the work that the object at
     * `address` stands for, else 0 (engine/givenwork.h). `root`: the node of the thread's stacks
     * otherwise; `by_others`: not for work that the thread gave itself. In a walk. */
    uint32_t (*given_work)(uintptr_t address, uint32_t root, bool by_others);
    /* Fills `hook` so that it records and passes on to `*inner`, which must outlive it. */
    void (*wrap_python_allocator)(struct fil_python_allocator *inner,
                                  struct fil_python_allocator *hook);
    /* Returns what the extension needs to record an ordinary event by itself (record/event.h). */
    const struct fil_shortway *(*shortway)(void);
    /* Marks the calling thread as the profiler's own (+1) or the program's again (-1): its
     * allocations don't count meanwhile. Returns how often it is marked; 0 changes nothing. */
    uint32_t (*guard)(int change);
    /* Returns a setting of the launcher, by its variable's name without "_FIL_"; NULL when it isn't
     * set. */
    const char *(*setting)(const char *name);

    /* -- the black box: the file that outlives the process (engine/blackbox.h) */

    /* The next recording goes into this file, which may not exist yet and must be empty or zeros;
     * NULL: into none. `watched`: the calling thread, which must be the main one, holds the
     * watcher's lifeline from now on; `shortage_signal`: the signal that the watcher sends when
     * memory runs short, 0: none. Returns 0 or an errno. Between two recordings. */
    int (*open_blackbox)(const char *path, bool watched, int shortage_signal);
    /* Grows a piece from `old_bytes` to `new_bytes` (NULL has 0) and returns it; it may move, new
     * bytes are zero. Returns NULL without memory: the old piece is then unchanged. */
    void *(*blackbox_grow)(enum fil_piece kind, uint32_t index, void *block, size_t old_bytes,
                           size_t new_bytes);
    void (*blackbox_unmap)(void *block, size_t bytes);
    /* The recording's end needs no report by the watcher. `closed`: the file takes in nothing more,
     * and may go. */
    void (*blackbox_reported)(bool closed);
    /* Delegates the report to the watcher, because this process can't write it (`error`, an errno).
     * Returns false without a watcher or a whole recording. */
    bool (*blackbox_leave)(int error);
    /* -- shortage of memory (engine/shortage.h) */

    /* Watches available memory from now to the recording's end; `told` is called at a shortage.
     * False: a file that `reason` names can't be read, and what it limits isn't watched. Between
     * two recordings. */
    bool (*watch_memory)(fil_on_shortage told, char reason[FIL_LIMIT_TEXT]);
    /* Whether the watcher looks for a shortage, and will send the signal. */
    bool (*memory_is_watched)(void);
    /* The watcher saw that memory is short: the next event checks, or this call where no event came
     * since the last. In a signal handler of a thread that is in no hook. */
    void (*urged)(void);
    /* -- signals (shim/signals.h) */

    /* Sets a handler for the first of the signals `from` down to `to` that has its default action;
     * returns its number, or 0. `moved`, which may be NULL, is called with the number of the signal
     * that takes its place (0: none). A sender marks the profiler's signals by `value`. At most two
     * in a process. */
    int (*take_signal)(int from, int to, int value, void (*handler)(int, siginfo_t *, void *),
                       void (*moved)(int number));
    /* The shortage signal is another one from now on, or none (0): the old one isn't sent any more
     * when this returns. */
    void (*expect_shortage_signal)(int number);
};

#endif
