/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder.h"

#include "../platform/os.h"
#include "calltree.h"
#include "counters.h"
#include "mappings.h"
#include "own.h"
#include "sidetable.h"
#include "spinlock.h"
#include "thread.h"

/* Reservations are looked at when this many events of a thread, or one event of this size, went by. */
#define CHECKPOINT_EVENTS 4096u
#define CHECKPOINT_BYTES (1u << 20)
#define MAX_WAIT_ROUNDS                                                                                                          \
    2000u /* about two seconds: a thread that never leaves its section (a longjmp out of a hook) can't hold us up */

struct fil_state_page fil_recorder_page;

static struct {
    struct fil_spinlock control; /* start, stop, snapshot, one at a time */
    fil_walk walk;
    bool has_barrier;
    int process_id;
    uint32_t recording; /* number of the current or last one */
    double started;
    int64_t started_ns, resident_start;
} recorder;

/* Acquire: what was done with the engine at rest is seen by whoever finds the door open again. */
static unsigned state_now(void) {
    return atomic_load_explicit(&fil_recorder_page.state, memory_order_acquire);
}

void fil_recorder_prepare(void) {
    recorder.has_barrier = fil_os_barrier_prepare();
    fil_os_wipe_on_fork(&fil_recorder_page, sizeof fil_recorder_page);
    fil_threads_prepare(fil_counters_flush);
    recorder.process_id = fil_os_process_id();
}

static __attribute__((noinline)) bool enter_slowly(struct fil_thread *thread) {
    for (unsigned round = 0;; round++) {
        atomic_store_explicit(&thread->busy, 1, memory_order_relaxed);
        atomic_thread_fence(memory_order_seq_cst);
        unsigned state = state_now();
        if (state == FIL_RECORDING || state == FIL_RECORDING_FENCED) return true;
        atomic_store_explicit(&thread->busy, 0, memory_order_release);
        if (state == FIL_STOPPED) return false;
        fil_os_wait(round);
    }
}

/* Enters a section; NULL when nothing is recorded. The order of the two plain accesses is what the barrier in rest() relies on.
 */
static inline struct fil_thread *enter(void) {
    struct fil_thread *thread = fil_self.thread;
    if (__builtin_expect(!thread, 0)) {
        thread = fil_thread_register();
        if (!thread) return NULL;
    }
    atomic_store_explicit(&thread->busy, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    if (__builtin_expect(state_now() == FIL_RECORDING, 1) || enter_slowly(thread)) return thread;
    return NULL;
}

static inline void leave(struct fil_thread *thread) {
    atomic_store_explicit(&thread->busy, 0, memory_order_release);
}

static inline uint32_t stack_of(struct fil_thread *thread, bool holds_gil) {
    uint32_t node = recorder.walk(&thread->memo, holds_gil);
    return node ? node : thread->creator;
}

static inline void look_at_reservations(struct fil_thread *thread, size_t bytes) {
    if (__builtin_expect(!fil_mappings_reserved(), 1)) return;
    if (++thread->events < CHECKPOINT_EVENTS && bytes < CHECKPOINT_BYTES) return;
    thread->events = 0;
    fil_mappings_checkpoint(thread, false);
}

static inline int enter_block(struct fil_thread *thread, void *block, struct fil_block as) {
    struct fil_block displaced;
    int result = fil_livetable_put((uintptr_t)block, as, &displaced);
    if (__builtin_expect(result & FIL_LIVETABLE_DISPLACED, 0)) {
        fil_counters_freed(thread, displaced.node, (int64_t)displaced.bytes);
    }
    return result & FIL_LIVETABLE_ENTERED;
}

void fil_recorder_allocated(void *block, size_t bytes, bool holds_gil) {
    struct fil_thread *thread = enter();
    if (!thread) return;
    uint32_t node = stack_of(thread, holds_gil);
    if (__builtin_expect(enter_block(thread, block, (struct fil_block){node, bytes}), 1)) {
        fil_counters_allocated(thread, node, (int64_t)bytes);
    }
    look_at_reservations(thread, bytes);
    leave(thread);
}

void fil_recorder_freed(void *block) {
    struct fil_thread *thread = enter();
    if (!thread) return;
    struct fil_block known;
    if (fil_livetable_take((uintptr_t)block, &known)) fil_counters_freed(thread, known.node, (int64_t)known.bytes);
    leave(thread);
}

struct fil_taken fil_recorder_take(void *block) {
    struct fil_taken taken = {{0, 0}, 0};
    struct fil_thread *thread = enter();
    if (!thread) return taken;
    if (fil_livetable_take((uintptr_t)block, &taken.block)) taken.recording = recorder.recording;
    leave(thread);
    return taken;
}

void fil_recorder_moved(struct fil_taken taken, void *block, size_t bytes, bool holds_gil) {
    struct fil_thread *thread = enter();
    if (!thread) return;
    uint32_t node = stack_of(thread, holds_gil);
    bool known = taken.recording == recorder.recording;
    bool entered = block && enter_block(thread, block, (struct fil_block){node, bytes});
    int64_t old_bytes = (int64_t)taken.block.bytes;
    if (known && entered) fil_counters_moved(thread, taken.block.node, old_bytes, node, (int64_t)bytes);
    else if (known) fil_counters_freed(thread, taken.block.node, old_bytes);
    else if (entered) fil_counters_allocated(thread, node, (int64_t)bytes);
    look_at_reservations(thread, bytes);
    leave(thread);
}

void fil_recorder_put_back(struct fil_taken taken, void *block) {
    struct fil_thread *thread = taken.recording ? enter() : NULL;
    if (!thread) return;
    if (taken.recording == recorder.recording) enter_block(thread, block, taken.block);
    leave(thread);
}

void fil_recorder_mapped(void *start, size_t bytes, bool reservation) {
    struct fil_thread *thread = enter();
    if (!thread) return;
    fil_mappings_add(thread, (uintptr_t)start, bytes, stack_of(thread, false), reservation);
    look_at_reservations(thread, bytes);
    leave(thread);
}

void fil_recorder_unmapped(void *start, size_t bytes) {
    struct fil_thread *thread = enter();
    if (!thread) return;
    fil_mappings_remove(thread, (uintptr_t)start, bytes);
    leave(thread);
}

void fil_recorder_unmapped_whole(const void *start) {
    struct fil_thread *thread = enter();
    if (!thread) return;
    fil_mappings_remove_whole(thread, (uintptr_t)start);
    leave(thread);
}

void fil_recorder_remapped(void *old_start, size_t old_bytes, void *new_start, size_t new_bytes) {
    struct fil_thread *thread = enter();
    if (!thread) return;
    fil_mappings_move(thread, (uintptr_t)old_start, old_bytes, (uintptr_t)new_start, new_bytes, stack_of(thread, false));
    leave(thread);
}

uint32_t fil_recorder_stack(void) {
    struct fil_thread *thread = enter();
    if (!thread) return 0;
    uint32_t node = stack_of(thread, false);
    leave(thread);
    return node;
}

static void open_door(void) {
    atomic_store_explicit(&fil_recorder_page.state, recorder.has_barrier ? FIL_RECORDING : FIL_RECORDING_FENCED,
                          memory_order_release);
}

/* Brings the engine to rest: nobody is in a section when this returns, and nobody enters one until the state changes. */
static void rest(enum fil_state state) {
    atomic_store_explicit(&fil_recorder_page.state, state, memory_order_seq_cst);
    if (recorder.has_barrier) fil_os_barrier();
    atomic_thread_fence(memory_order_seq_cst);
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) {
        unsigned round = 0;
        while (atomic_load_explicit(&t->busy, memory_order_acquire) && round < MAX_WAIT_ROUNDS) {
            if (round == 100 && !fil_os_thread_exists(t->thread_id)) break;
            fil_os_wait(round++);
        }
    }
}

static void forget_all(void) {
    fil_livetable_clear();
    fil_mappings_clear();
    fil_threads_clear();
    fil_counters_clear();
    fil_calltree_clear();
}

bool fil_recorder_start(fil_walk walk, void (*prepare)(void)) {
    if (recorder.process_id != fil_os_process_id()) fil_recorder_after_fork();
    fil_spinlock_lock(&recorder.control);
    bool can = fil_recorder_is_stopped();
    if (can) {
        rest(FIL_STOPPED);
        forget_all();
        if (prepare) prepare();
        recorder.walk = walk;
        recorder.recording++;
        recorder.started = fil_os_unix_time();
        recorder.started_ns = fil_os_clock_ns();
        recorder.resident_start = fil_os_resident_bytes();
        open_door();
    }
    fil_spinlock_unlock(&recorder.control);
    return can;
}

static int copy_nodes(struct fil_snapshot *out) {
    out->node_count = fil_calltree_count();
    out->nodes = fil_own_map(out->node_count * sizeof *out->nodes);
    if (!out->nodes) return FIL_SNAPSHOT_NO_MEMORY;
    for (uint32_t i = 0; i < out->node_count; i++) {
        struct fil_calltree_node node = fil_calltree_node(i);
        struct fil_snapshot_node *to = &out->nodes[i];
        *to = (struct fil_snapshot_node){node.parent, node.function, node.line, 0, 0};
        to->bytes = fil_counters_node_at_peak(i, &to->allocations);
    }
    return 0;
}

/* The last look at reservations counts as an event of the calling thread, whose record may not exist yet. */
static void final_checkpoint(void) {
    struct fil_thread *thread = fil_self.thread ? fil_self.thread : fil_thread_register();
    if (thread && fil_mappings_reserved()) fil_mappings_checkpoint(thread, true);
}

int fil_recorder_snapshot(struct fil_snapshot *out, bool stop) {
    if (fil_recorder_is_stopped()) return FIL_SNAPSHOT_NOT_RECORDING;
    /* A signal handler that interrupted a section, or start and stop themselves, can't wait for itself. */
    if (fil_self.thread && atomic_load_explicit(&fil_self.thread->busy, memory_order_relaxed)) return FIL_SNAPSHOT_BUSY;
    if (!fil_spinlock_try(&recorder.control)) return FIL_SNAPSHOT_BUSY;
    uint32_t guard = fil_self.guard;
    fil_self.guard = 1;
    rest(FIL_PAUSED);
    final_checkpoint();
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) fil_counters_flush(t);
    *out = (struct fil_snapshot){.peak_bytes = fil_counters_peak(), .error_bound_bytes = fil_counters_error_bound()};
    int error = copy_nodes(out);
    out->started = recorder.started;
    out->seconds = (double)(fil_os_clock_ns() - recorder.started_ns) / 1e9;
    out->resident_start_bytes = recorder.resident_start;
    out->resident_peak_bytes = fil_os_resident_peak_bytes();
    out->profiler_bytes = (int64_t)fil_own_bytes();
    if (stop && !error) {
        atomic_store_explicit(&fil_recorder_page.state, FIL_STOPPED, memory_order_release);
        forget_all();
    } else {
        open_door();
    }
    fil_self.guard = guard;
    fil_spinlock_unlock(&recorder.control);
    return error;
}

void fil_recorder_release(struct fil_snapshot *snapshot) {
    fil_own_unmap(snapshot->nodes, snapshot->node_count * sizeof *snapshot->nodes);
    snapshot->nodes = NULL;
}

bool fil_recorder_is_recording(void) {
    return !fil_recorder_is_stopped();
}

void fil_recorder_after_fork(void) {
    atomic_store_explicit(&fil_recorder_page.state, FIL_STOPPED, memory_order_relaxed);
    recorder.process_id = fil_os_process_id();
    fil_spinlock_reset(&recorder.control);
    fil_threads_after_fork();
    fil_counters_after_fork();
    fil_mappings_after_fork();
    fil_calltree_after_fork();
    fil_sidetable_after_fork();
}
