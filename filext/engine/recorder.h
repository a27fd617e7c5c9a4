/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder: what happens to an allocation, and when anything is recorded at all.
 *
 * A thread is in a *section* while it changes the engine: busy = 1, look at the state word, work,
 * busy = 0. Start, stop and snapshot change the state word, pass a barrier, and wait until no
 * thread is busy: the engine is then *quiescent*. The state word is the only thing that a hook
 * reads while nothing is recorded; a forked child finds it zero, which is FIL_STOPPED.
 *
 * A stack is taken through a function pointer: the walker sets it, and tests set their own. A lock
 * of its own (control) guards start, stop and snapshot. */
#ifndef FIL_RECORDER_H
#define FIL_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/snapshot.h"
#include "../fil_engine.h"
#include "livetable.h"
#include "mappings.h"
#include "state.h"
#include "thread.h"

/* The compiler inlines all calls of such a function, across files too, except those of functions
 * marked noinline. */
#define FIL_HOT_PATH __attribute__((flatten))

/* What the engine needs to know of the interpreter. */
static inline bool fil_walker_has(const struct fil_walker *walker, uintptr_t caller) {
    return caller >= walker->interpreter_start && caller < walker->interpreter_end;
}

/* Whether the mapping is an arena of the interpreter: each object in it is counted already. */
static inline bool fil_walker_tells_of(const struct fil_walker *walker,
                                       const struct fil_mapping *mapping) {
    bool is_reserved =
        mapping->counting == FIL_COUNTS_RESIDENT || mapping->counting == FIL_COUNTS_INACCESSIBLE;
    return is_reserved && mapping->kind == FIL_KIND_ANONYMOUS && walker->interpreter_reserves &&
           fil_walker_has(walker, mapping->caller);
}

/* Once per process, before anything else here. `malloc_is_apart`: as in livetable.h. */
void fil_recorder_prepare(bool malloc_is_apart);

/* Events. The caller has set the thread's guard; without a recording they do nothing.
 * `is_attached`: the block comes from one of Python's allocators, so the thread is attached to the
 * interpreter; else it comes from malloc. */
void fil_recorder_allocated(void *block, size_t bytes, bool is_attached);
void fil_recorder_freed(void *block);
/* Mappings: after one was made, before one goes; each calls its namesake in mappings.h, which has
 * the contract. */
void fil_recorder_mapped(const struct fil_mapping *mapping);
void fil_recorder_replacing(void *start, size_t bytes);
void fil_recorder_replaced(void *start, size_t bytes);
void fil_recorder_unmapping(void *start, size_t bytes);
void fil_recorder_unmapping_whole(const void *start);
bool fil_recorder_dropping(void *start, size_t bytes);
void fil_recorder_made_accessible(void *start, size_t bytes, bool writable);
/* Around mremap: each begin_move has its end_move in the same thread. `move` is NULL when the call
 * failed. */
struct fil_moving {
    struct fil_thread *thread; /* NULL: nothing is recorded */
    uint32_t node;
};
struct fil_moving fil_recorder_begin_move(void *start, size_t bytes);
void fil_recorder_end_move(struct fil_moving moving, const struct fil_move *move);

/* A realloc is one event: take the block before the real call (another thread may get its address
 * right after), then report where it went (NULL: it was freed), or put it back when the call
 * failed. */
struct fil_taken {
    struct fil_block block;
    uint32_t recording; /* 0: the block wasn't known */
    size_t untouched;   /* of a block that was part of the peak */
};
struct fil_taken fil_recorder_take(void *block);
void fil_recorder_moved(struct fil_taken taken, void *block, size_t bytes, bool is_attached);
void fil_recorder_put_back(struct fil_taken taken, void *block);

/* After an event of the short way (record/event.h), which has counted it: the total has reached
 * what is watched. The caller is in its section, and in none afterwards. */
void fil_recorder_reached(void);

/* Returns what a new thread is told of its creator, the calling thread; all but `pooled`, which the
 * caller knows. */
struct fil_creation fil_recorder_creation(void);

/* The calling thread is about to hand work to other threads, or to wait for them, in a library's
 * code at `caller`. What the threads of a pool allocate until it is back in Python counts for its
 * stack, if it has one. */
void fil_recorder_awaits(uintptr_t caller);

/* Begins a recording; `prepare` (may be NULL) is called while the engine is quiescent. False: one
 * is running already. */
bool fil_recorder_start(const struct fil_walker *walker, void (*prepare)(void));
/* Freezes the peak so far, or the present, into `*out` (release it with fil_snapshot_clear); with
 * `stop` the recording ends.
 * `*out` holds nodes and figures; the caller fills in its functions. Returns 0, or one of
 * FIL_SNAPSHOT_…. */
int fil_recorder_snapshot(struct fil_snapshot *out, struct fil_moment_shown shown, bool stop);
/* The program has ended, and the interpreter is about to let go of all that it held: what lives now
 * is what later snapshots tell of the end. The recording goes on. */
void fil_recorder_end_program(void);
static inline bool fil_recorder_is_recording(void) {
    return !fil_state_is_stopped();
}
/* The process is about to end without a report of its own, or may be: what it never touched is
 * looked at for the reader of the black box. The caller has set the thread's guard. */
void fil_recorder_dying(void);
/* In a forked child: nothing is recorded there. */
void fil_recorder_after_fork(void);

#endif
