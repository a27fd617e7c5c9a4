/* SPDX-License-Identifier: Apache-2.0 */
/* The counters: each node's live bytes, the total, and the exact peak in O(1) an event.
 *
 * The peak without copies: while the total is at its maximum nothing is copied. The first fall
 * after a maximum opens a new epoch, and a slot saves its live bytes when it is first touched in an
 * epoch. A slot's bytes at the peak are therefore `saved` if its epoch is the current one, else
 * `live` (nothing happened to it since).
 *
 * Threads: one thread at a time is the *exclusive writer*: it updates the total at each event,
 * exactly, without atomics. The others batch: they add to their own slots at once and to the total
 * whenever they moved FIL_COUNTERS_BATCH bytes, under the lock. To sync, a thread first ends the
 * exclusive writer's right (a barrier, then it waits until that thread isn't busy). A thread that
 * has synced many times in a row becomes the exclusive writer. Bound: with N threads, total and
 * nodes are each within N * 2 * FIL_COUNTERS_BATCH bytes of a real instant.
 *
 * The events are called in a section, with `thread` the caller's own record. */
#ifndef FIL_COUNTERS_H
#define FIL_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/snapshot.h"
#include "../record/totals.h"
#include "thread.h"

void fil_counters_allocated(struct fil_thread *thread, uint32_t node, int64_t bytes);
void fil_counters_freed(struct fil_thread *thread, uint32_t node, int64_t bytes);
/* A block moves from `old_node` to `new_node` in one instant: a realloc, a mapping that grew. */
void fil_counters_moved(struct fil_thread *thread, uint32_t old_node, int64_t old_bytes,
                        uint32_t new_node, int64_t new_bytes);
/* Adds the thread's batch to the total; the thread isn't the exclusive writer afterwards. Own
 * thread, or quiescent engine. */
void fil_counters_flush(struct fil_thread *thread);

/* Whether the thread is the exclusive writer. */
bool fil_counters_is_exclusive(const struct fil_thread *thread);
/* The exclusive writer has counted an event of its own, after which the total has reached what is
 * watched (record/event.h). */
void fil_counters_reached(void);
/* For the short way. */
extern struct fil_totals fil_totals __attribute__((visibility("hidden")));

/* Whether something that was born (allocated, mapped) in epoch `born` and lives, or ends now, was
 * there at the peak so far. With several threads near the end of a maximum the answer may be one
 * maximum off. */
bool fil_counters_in_peak(uint32_t born);
/* The present epoch, which is the birth of what is made now; and the epoch that ended with the peak
 * so far. */
uint32_t fil_counters_epoch(void);
uint32_t fil_counters_peak_epoch(void);

/* Calls `reached`, in a section, each time the peak has grown by as many bytes as `step` returns;
 * NULL: never. Quiescent engine. */
void fil_counters_watch(void (*reached)(void), int64_t (*step)(void));
/* Looks whether resident memory is fuller than it ever was (fullest.h), if a look is due, or
 * `in_any_case`. */
void fil_counters_look(bool in_any_case);
/* The last look, when the recording ends: a moment that is hardly fuller than an earlier one
 * doesn't take its place. The program has freed most by now, and what the allocators keep of it
 * would stand as not tracked. */
void fil_counters_look_last(void);
/* A large block of the peak is about to be freed: where the total is still near the peak, resident
 * memory is read once more, since much may have been touched only after the maximum's end. */
void fil_counters_resample(void);

/* The total now, and how many bytes more would make a noticeably higher peak. While other threads
 * allocate, both are off by what these have batched. */
int64_t fil_counters_now(void);
int64_t fil_counters_noticeably_more(void);

/* While the engine is quiescent and every thread flushed: */
int64_t fil_counters_peak(void);
/* The sample that was taken near the peak, or one of now. */
struct fil_peak_sample fil_counters_sample(enum fil_moment moment);
int64_t fil_counters_live(void);
/* Adds what each of the first `count` nodes held at the peak, or holds now. */
struct fil_held {
    int64_t bytes;
    uint32_t allocations; /* in the whole recording */
};
void fil_counters_held(enum fil_moment moment, struct fil_held *nodes, uint32_t count);
/* How far peak and nodes may be off, in bytes: 0 for a recording that ran in one thread at a time.
 */
int64_t fil_counters_error_bound(void);
void fil_counters_clear(void);
/* Puts the totals into the black box. Quiescent engine. */
void fil_counters_keep(void);
void fil_counters_after_fork(void);

#ifdef FIL_DEBUG
bool fil_counters_is_valid(void); /* debug.h */
#endif

#endif
