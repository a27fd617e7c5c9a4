/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder: what happens to an allocation, and when anything is recorded at all.
 *
 * A thread is in a *section* while it changes the engine: busy = 1, look at the state word, work, busy = 0. Start, stop and
 * snapshot change the state word, pass a barrier, and wait until nobody is busy: the engine is then *at rest*. The state word is
 * the only thing a hook reads while nothing is recorded; a forked child finds it zero, which is FIL_STOPPED.
 *
 * How a stack is taken is a pointer: the walker sets it, tests fake it. Own lock (control) for start, stop and snapshot. */
#ifndef FIL_RECORDER_H
#define FIL_RECORDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "livetable.h"
#include "snapshot.h"

#define FIL_NO_STACK 0u

enum fil_state { FIL_STOPPED, FIL_RECORDING, FIL_RECORDING_FENCED /* the kernel has no membarrier */, FIL_PAUSED };

/* Takes the calling thread's stack: a call-tree node, or FIL_NO_STACK when it has no frames. `memo` is the thread's own, NULL at
 * first. `holds_gil`: the caller is one of Python's own allocators. */
typedef uint32_t (*fil_walk)(void **memo, bool holds_gil);

struct fil_state_page {
    atomic_uint state;
    char rest[4096 - sizeof(atomic_uint)];
} __attribute__((aligned(4096)));
extern struct fil_state_page fil_recorder_page __attribute__((visibility("hidden")));

static inline bool fil_recorder_is_stopped(void) {
    return atomic_load_explicit(&fil_recorder_page.state, memory_order_relaxed) == FIL_STOPPED;
}

/* Once per process, before anything else here. */
void fil_recorder_prepare(void);

/* Events. The caller has set the thread's guard; unless a recording is on they do nothing. */
void fil_recorder_allocated(void *block, size_t bytes, bool holds_gil);
void fil_recorder_freed(void *block);
void fil_recorder_mapped(void *start, size_t bytes, bool reservation);
void fil_recorder_unmapped(void *start, size_t bytes);
/* The one range that begins there. */
void fil_recorder_unmapped_whole(const void *start);
void fil_recorder_remapped(void *old_start, size_t old_bytes, void *new_start, size_t new_bytes);

/* A realloc is one event: take the block before the real call (its address may be another thread's right after), then say where
 * it went (NULL: it was freed), or put it back when the call failed. */
struct fil_taken {
    struct fil_block block;
    uint32_t recording; /* 0: the block wasn't known */
};
struct fil_taken fil_recorder_take(void *block);
void fil_recorder_moved(struct fil_taken taken, void *block, size_t bytes, bool holds_gil);
void fil_recorder_put_back(struct fil_taken taken, void *block);

/* The calling thread's stack, for a thread it is about to create; 0 when nothing is recorded. */
uint32_t fil_recorder_stack(void);

/* Begins a recording; `prepare` (may be NULL) is called with the engine at rest. False: one is running already. */
bool fil_recorder_start(fil_walk walk, void (*prepare)(void));
/* Freezes the peak so far into `*out` (release with fil_recorder_release); with `stop` the recording ends.
 * `*out` holds nodes and figures, its functions are the caller's to fill in. 0, or FIL_SNAPSHOT_… below. */
enum { FIL_SNAPSHOT_NOT_RECORDING = 1, FIL_SNAPSHOT_NO_MEMORY, FIL_SNAPSHOT_BUSY };
int fil_recorder_snapshot(struct fil_snapshot *out, bool stop);
void fil_recorder_release(struct fil_snapshot *snapshot);
bool fil_recorder_is_recording(void);
/* In a forked child. */
void fil_recorder_after_fork(void);

#endif
