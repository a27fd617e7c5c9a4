/* SPDX-License-Identifier: Apache-2.0 */
/* A thread as the engine sees it, and the registry of all of them.
 *
 *   slots[node] = what this thread allocated less what it freed at that node. A node's bytes are
 * the sum over all threads. A thread that frees another's block subtracts in its own slot, so
 * `live` may be negative; no slot is ever written by two threads.
 *
 * A record outlives its thread: its slots go on counting, and the next new thread takes the record
 * over as it is. So there are as many records as threads were ever alive at once. Only the owner
 * writes its record; others read it while the engine is quiescent. */
#ifndef FIL_THREAD_H
#define FIL_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/debug.h"
#include "../record/threadrecord.h"

extern _Thread_local struct fil_thread_local fil_self
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Once per process, before any thread registers. `ended` is called with a thread's record before
 * the record is free again. */
void fil_threads_prepare(void (*ended)(struct fil_thread *));
/* What a thread is told of its creation; its creator has read it, in a recording. */
struct fil_creation {
    uint32_t creator, name, generation;
    bool pooled; /* it works for any thread that calls its library, not only for its creator */
};
/* Notes how the calling thread, which hasn't registered yet, was made. */
void fil_thread_made_by(struct fil_creation creation);
/* How often the records have been cleared. */
uint32_t fil_threads_generation(void);
/* Returns the record of the calling thread, a new one or one that is free; NULL without memory. */
__attribute__((noinline, cold)) struct fil_thread *fil_thread_register(void);
/* All records, newest first; a list that only grows. */
struct fil_thread *fil_threads_first(void);
/* Returns the slot of `node`, or NULL without memory. Owner only. */
struct fil_slot *fil_thread_grow_slots(struct fil_thread *thread, uint32_t node);
/* A thread with frames gives work to other threads, or waits for them, at the stack `node` in a
 * library's code; 0: no longer. The threads of a pool work for it meanwhile; where several wait,
 * for the one that began last. */
__attribute__((noinline, cold)) void fil_thread_awaits(struct fil_thread *thread, uint32_t node);
/* Finds the root of a thread whose stack is about to be taken. `is_back`: it runs Python code, so
 * it awaits nothing. */
__attribute__((noinline, cold)) void fil_thread_settle(struct fil_thread *thread, bool is_back);
/* Returns the stack that a thread without frames works for: that of its creation; for a thread of a
 * pool, or where its creation is unknown, the stack at which a thread awaits work. */
uint32_t fil_thread_works_for(const struct fil_thread *thread);

/* Empties all slots and batches. Only while the engine is quiescent. */
void fil_threads_clear(void);
/* In a forked child: no other thread exists any more. */
void fil_threads_after_fork(void);

#ifdef FIL_DEBUG
/* debug.h. The calling thread's, in a section, in constant time. */
bool fil_thread_is_valid(const struct fil_thread *thread);
bool fil_threads_is_valid(void);
#endif

#endif
