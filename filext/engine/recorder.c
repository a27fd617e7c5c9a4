/* SPDX-License-Identifier: Apache-2.0 */
/* Owns a recording from its start to its stop, and what each event does to the engine.
 * fil_recorder_allocated and fil_recorder_freed are its main entries: nearly all events are
 * theirs. */
#include "recorder.h"

#include "../base/own.h"
#include "../base/spinlock.h"
#include "../platform/os.h"
#include "arenas.h"
#include "blackbox.h"
#include "calltree.h"
#include "children.h"
#include "counters.h"
#include "ended.h"
#include "ending.h"
#include "freeze.h"
#include "fullest.h"
#include "gate.h"
#include "growth.h"
#include "mappings.h"
#include "nouns.h"
#include "quiescence.h"
#include "reserve.h"
#include "section.h"
#include "shortage.h"
#include "shortway.h"
#include "thread.h"
#include "threadnames.h"
#include "timeline.h"
#include "touching.h"

#define APART __attribute__((noinline))
#define COLD __attribute__((noinline, cold))

static struct {
    struct fil_spinlock control; /* start, stop, snapshot, one at a time */
    /* Written under the lock while the engine is quiescent, and read at any time without it. */
    _Atomic(const struct fil_walker *) walker; /* NULL before the first recording */
    /* Known to the thread alone that starts, stops or takes a snapshot: */
    int process_id;                      /* that the recording is of: a forked child's differs */
    double started;                      /* Unix time, seconds */
    int64_t started_ns;                  /* by the clock, for the duration */
    int64_t resident_start, files_start; /* bytes, and those of files among them */
    int64_t most_start; /* bytes: the process's highest resident memory before the recording */
} recorder = {.control = FIL_SPINLOCK(FIL_LOCK_CONTROL)};

static inline const struct fil_walker *walker_now(void) {
    return atomic_load_explicit(&recorder.walker, memory_order_acquire);
}

static inline uint32_t recording_now(void) {
    return atomic_load_explicit(&fil_state_page.words.recording, memory_order_relaxed);
}

/* In a section: a start or stop may empty the very batch that this brings to the total. */
static void end_thread(struct fil_thread *ended) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    fil_counters_flush(ended);
    fil_section_leave(thread);
}

void fil_recorder_prepare(bool malloc_is_apart) {
    fil_livetable_prepare(malloc_is_apart);
    fil_quiescence_prepare();
    fil_os_wipe_on_fork(&fil_state_page, sizeof fil_state_page);
    fil_threads_prepare(end_thread);
    recorder.process_id = fil_os_process_id();
}

/* The node of the thread's own frames; 0 when it has none. */
static inline uint32_t own_stack_of(struct fil_thread *thread, bool is_attached) {
    if (__builtin_expect(!thread->is_settled, 0)) fil_thread_settle(thread, is_attached);
    return walker_now()->stack(&thread->memo, thread->root, is_attached);
}

static inline uint32_t stack_of(struct fil_thread *thread, bool is_attached) {
    uint32_t node = own_stack_of(thread, is_attached);
    return __builtin_expect(node != 0, 1) ? node : fil_thread_works_for(thread);
}

static __attribute__((noinline)) void checkpoint(struct fil_thread *thread, uint32_t node,
                                                 size_t bytes) {
    fil_mappings_checkpoint(thread, node, fil_checkpoint_for(bytes));
}

/* Runs before the event is counted: otherwise a large block makes a peak out of pages that were
 * given back long ago. */
static inline void look_at_mappings(struct fil_thread *thread, uint32_t node, size_t bytes) {
    if (__builtin_expect(fil_mappings_want_checkpoints(), 0)) checkpoint(thread, node, bytes);
    if (fil_gate_looks()) fil_gate_set_look();
}

/* At the end of an event that went the long way, which may be the last one that has to. */
static inline void open_gate_again(struct fil_thread *thread) {
    if (!fil_gate_names(thread) && fil_counters_is_exclusive(thread))
        fil_gate_open(thread, walker_now());
}

/* A block that some other code has freed without a hook of ours seeing it: its bytes would stay
 * live for ever otherwise. */
static COLD void count_displaced(struct fil_thread *thread, struct fil_block displaced) {
    fil_counters_freed(thread, displaced.node, (int64_t)displaced.bytes);
}

/* Returns whether the block is in the table now. Without memory for its entry the block isn't
 * counted, and its free will find nothing: the sums stay right. */
static inline int enter_block(struct fil_thread *thread, void *block, struct fil_block as,
                              bool by_malloc) {
    struct fil_block displaced;
    int result = fil_livetable_put((uintptr_t)block, as, by_malloc, &displaced);
    if (__builtin_expect(result & FIL_LIVETABLE_DISPLACED, 0)) count_displaced(thread, displaced);
    return result & FIL_LIVETABLE_ENTERED;
}

/* The long way is right for each event; the short one leaves to it all that isn't usual. */
static APART void allocated_the_long_way(void *block, size_t bytes, bool is_attached) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    uint32_t node = stack_of(thread, is_attached);
    look_at_mappings(thread, node, bytes);
    /* The birth of a small block isn't kept, and reading the epoch would cost each event a load. */
    uint32_t born = bytes >= FIL_LARGE_BLOCK ? fil_counters_epoch() : 0;
    if (__builtin_expect(
            enter_block(thread, block, (struct fil_block){node, born, bytes}, !is_attached), 1)) {
        fil_counters_allocated(thread, node, (int64_t)bytes);
    }
    open_gate_again(thread);
    fil_section_leave(thread);
}

FIL_HOT_PATH void fil_recorder_allocated(void *block, size_t bytes, bool is_attached) {
    if (!fil_shortway_allocated(walker_now(), block, bytes, is_attached))
        allocated_the_long_way(block, bytes, is_attached);
}

static uint32_t running_stack(struct fil_thread *thread) {
    return fil_mappings_want_checkpoints() ? stack_of(thread, false) : 0;
}

static __attribute__((noinline)) void look_before_end(struct fil_thread *thread, size_t bytes) {
    if (bytes < FIL_LARGE_BLOCK || !fil_mappings_want_checkpoints()) return;
    fil_mappings_end_of_block(thread, bytes, stack_of(thread, false));
}

/* Bytes never touched of a large block that was part of the peak and is about to be freed: the
 * pages are gone afterwards. */
static inline size_t untouched_of(void *block, struct fil_block known) {
    if (__builtin_expect(known.bytes < FIL_LARGE_BLOCK, 1) || !fil_counters_in_peak(known.born))
        return 0;
    fil_counters_resample();
    return fil_os_untouched_in((uintptr_t)block, known.bytes);
}

/* In this order: what arenas hold is counted while the block still counts, for a maximum may end
 * here; its pages are read while they are there; and the look at resident memory comes before the
 * total falls. */
static __attribute__((noinline)) void free_large(struct fil_thread *thread, void *block) {
    struct fil_block known;
    if (!fil_livetable_take_other((uintptr_t)block, &known)) return;
    look_before_end(thread, known.bytes);
    size_t untouched = untouched_of(block, known);
    if (untouched) fil_ended_add((struct fil_ended){.node = known.node, .bytes = untouched});
    if (known.bytes >= FIL_LARGE_BLOCK) fil_counters_look(false);
    fil_counters_freed(thread, known.node, (int64_t)known.bytes);
}

/* Small blocks first: they are nearly all, and the table that has them is found without a call. */
static APART void freed_the_long_way(void *block) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    struct fil_block known;
    if (fil_livetable_take_small((uintptr_t)block, &known))
        fil_counters_freed(thread, known.node, (int64_t)known.bytes);
    else free_large(thread, block);
    open_gate_again(thread);
    fil_section_leave(thread);
}

FIL_HOT_PATH void fil_recorder_freed(void *block) {
    if (!fil_shortway_freed(block)) freed_the_long_way(block);
}

struct fil_taken fil_recorder_take(void *block) {
    struct fil_taken taken = {{0, 0, 0}, 0, 0};
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return taken;
    if (fil_livetable_take((uintptr_t)block, &taken.block)) {
        /* The block may be moved or put back in another recording than it was taken out of, as when
         * a notebook's cell ends in between: then only its beginning counts. */
        taken.recording = recording_now();
        look_before_end(thread, taken.block.bytes);
        taken.untouched = untouched_of(block, taken.block);
    }
    fil_section_leave(thread);
    return taken;
}

void fil_recorder_moved(struct fil_taken taken, void *block, size_t bytes, bool is_attached) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    uint32_t node = stack_of(thread, is_attached);
    look_at_mappings(thread, node, bytes);
    /* One event and not two, a free and an allocation: in between the total would be lower by a
     * block that never was gone, and a maximum would end. */
    bool known = taken.recording == recording_now();
    if (known && taken.untouched)
        fil_ended_add((struct fil_ended){.node = taken.block.node, .bytes = taken.untouched});
    bool entered =
        block && enter_block(thread, block, (struct fil_block){node, fil_counters_epoch(), bytes},
                             !is_attached);
    int64_t old_bytes = (int64_t)taken.block.bytes;
    if (known && entered)
        fil_counters_moved(thread, taken.block.node, old_bytes, node, (int64_t)bytes);
    else if (known) fil_counters_freed(thread, taken.block.node, old_bytes);
    else if (entered) fil_counters_allocated(thread, node, (int64_t)bytes);
    fil_section_leave(thread);
}

/* The end of an event of the short way: its section is still open, and all but this is counted. */
void fil_recorder_reached(void) {
    fil_counters_reached();
    fil_section_leave(fil_self.thread);
}

void fil_recorder_put_back(struct fil_taken taken, void *block) {
    struct fil_thread *thread = taken.recording ? fil_section_enter() : NULL;
    if (!thread) return;
    if (taken.recording == recording_now()) enter_block(thread, block, taken.block, false);
    fil_section_leave(thread);
}

void fil_recorder_mapped(const struct fil_mapping *mapping) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    uint32_t node = stack_of(thread, false);
    look_at_mappings(thread, node, mapping->bytes);
    /* Python's own arena: each object in it is counted by itself, and the mapping only takes away
     * what it lies over. */
    if (fil_walker_tells_of(walker_now(), mapping))
        fil_mappings_replaced(thread, mapping->start, mapping->bytes);
    else fil_mappings_add(thread, mapping, node);
    fil_section_leave(thread);
}

void fil_recorder_replacing(void *start, size_t bytes) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    fil_mappings_replacing(thread, (uintptr_t)start, bytes, running_stack(thread));
    fil_section_leave(thread);
}

void fil_recorder_replaced(void *start, size_t bytes) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    fil_mappings_replaced(thread, (uintptr_t)start, bytes);
    fil_section_leave(thread);
}

void fil_recorder_unmapping(void *start, size_t bytes) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    fil_mappings_remove(thread, (uintptr_t)start, bytes, running_stack(thread));
    fil_section_leave(thread);
}

void fil_recorder_unmapping_whole(const void *start) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    fil_mappings_remove_whole(thread, (uintptr_t)start, running_stack(thread));
    fil_section_leave(thread);
}

bool fil_recorder_dropping(void *start, size_t bytes) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return false;
    bool counted = fil_mappings_drop(thread, (uintptr_t)start, bytes, running_stack(thread));
    fil_section_leave(thread);
    return counted;
}

void fil_recorder_made_accessible(void *start, size_t bytes, bool writable) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    fil_mappings_made_accessible(thread, (uintptr_t)start, bytes, writable,
                                 stack_of(thread, false));
    fil_section_leave(thread);
}

struct fil_moving fil_recorder_begin_move(void *start, size_t bytes) {
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return (struct fil_moving){NULL, 0};
    struct fil_moving moving = {thread, stack_of(thread, false)};
    /* The section stays open, and the mappings' lock held, until the end of the move. */
    fil_mappings_begin_move(thread, (uintptr_t)start, bytes, moving.node);
    return moving;
}

void fil_recorder_end_move(struct fil_moving moving, const struct fil_move *move) {
    if (!moving.thread) return;
    fil_mappings_end_move(moving.thread, move, moving.node);
    fil_section_leave(moving.thread);
}

struct fil_creation fil_recorder_creation(void) {
    struct fil_creation creation = {.generation = fil_threads_generation()};
    char name[FIL_THREADNAME_BYTES];
    const struct fil_walker *walker = walker_now();
    /* Outside of a section: the walker reads Python's objects for it, and may take long. */
    bool is_named = walker && walker->new_thread_name(name, sizeof name);
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return creation;
    creation.generation = fil_threads_generation();
    creation.creator = stack_of(thread, false);
    creation.name = fil_threadnames_number(is_named ? name : "Thread");
    fil_section_leave(thread);
    return creation;
}

void fil_recorder_awaits(uintptr_t caller) {
    const struct fil_walker *walker = walker_now();
    /* The interpreter's own waits, for its lock or in threading, give no work to a library's pool.
     */
    if (!walker || fil_walker_has(walker, caller)) return;
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    uint32_t node = own_stack_of(thread, false);
    if (node) fil_thread_awaits(thread, node);
    fil_section_leave(thread);
}

static void adopt_arenas(const struct fil_walker *walker) {
    struct fil_arena_range list[FIL_ARENAS];
    size_t count = fil_arenas_list(list);
    for (size_t i = 0; i < count; i++) {
        if (walker->interpreter_reserves && fil_walker_has(walker, list[i].caller)) continue;
        fil_mappings_adopt(list[i].start, list[i].end);
    }
}

bool fil_recorder_start(const struct fil_walker *walker, void (*prepare)(void)) {
    /* A child made by a raw system call had no handler of pthread_atfork, so its locks may be held
     * by threads that don't exist in it. */
    if (recorder.process_id != fil_os_process_id()) fil_recorder_after_fork();
    fil_spinlock_lock(&recorder.control);
    bool can = fil_state_is_stopped();
    if (can) {
        fil_quiescence_begin(FIL_STOPPED);
        fil_nouns_forget();
        fil_counters_watch(fil_shortage_watches() ? fil_growth_noticed : NULL, fil_shortage_step);
        atomic_store_explicit(&recorder.walker, walker, memory_order_release);
        atomic_store_explicit(&fil_state_page.words.recording, recording_now() + 1,
                              memory_order_relaxed);
        recorder.started = fil_os_unix_time();
        recorder.started_ns = fil_os_clock_ns();
        recorder.resident_start = fil_os_resident_bytes(&recorder.files_start);
        fil_timeline_note_resident(recorder.resident_start);
        recorder.most_start = fil_os_resident_peak_bytes();
        fil_blackbox_begin(recorder.started, recorder.resident_start, recorder.files_start);
        fil_counters_keep();
        fil_fullest_keep();
        fil_threadnames_keep();
        fil_children_begin();
        adopt_arenas(walker);
        /* Last, because the walker's names go into the black box, which has begun by now. */
        if (prepare) prepare();
        fil_quiescence_end();
    }
    fil_spinlock_unlock(&recorder.control);
    return can;
}

/* Looks at reservations for the last time, as an event of the calling thread, whose record may not
 * exist yet. */
static void final_checkpoint(void) {
    struct fil_thread *thread = fil_self.thread ? fil_self.thread : fil_thread_register();
    if (thread && fil_mappings_want_checkpoints())
        fil_mappings_checkpoint(thread, 0, FIL_CHECKPOINT_NOW);
}

/* The most resident memory since the recording began. The system has one figure for the whole life
 * of the process: where that hasn't grown, it belongs to the time before, and 0 (unknown) is
 * returned. */
static int64_t most_so_far(void) {
    int64_t most = fil_os_resident_peak_bytes();
    return most > recorder.most_start ? most : 0;
}

/* Takes the lock for looking at the engine: 0, or why it can't be had. */
static int lock_control(void) {
    if (fil_state_is_stopped()) return FIL_SNAPSHOT_NOT_RECORDING;
    /* A signal handler that interrupted a section, or start or stop, can't wait for the code that
     * it interrupted. */
    if (fil_section_is_open()) return FIL_SNAPSHOT_BUSY;
    return fil_spinlock_try(&recorder.control) ? 0 : FIL_SNAPSHOT_BUSY;
}

/* Makes the engine quiescent, with everything that happened so far in its books. */
static void pause_recording(void) {
    fil_quiescence_begin(FIL_PAUSED);
    final_checkpoint();
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) fil_counters_flush(t);
}

void fil_recorder_end_program(void) {
    if (lock_control() != 0) return;
    uint32_t guard = fil_self.guard;
    /* What freezing maps or frees is the profiler's own, and in no figure. */
    fil_self.guard = 1;
    pause_recording();
    fil_freeze_end();
    fil_quiescence_end();
    fil_self.guard = guard;
    fil_spinlock_unlock(&recorder.control);
}

int fil_recorder_snapshot(struct fil_snapshot *out, struct fil_moment_shown shown, bool stop) {
    int error = lock_control();
    if (error) return error;
    uint32_t guard = fil_self.guard, asking = 0;
    fil_self.guard = 1;
    /* A refused request counts for the stack that asked, which has to be walked while sections are
     * still open: a node may be new. */
    struct fil_thread *thread = shown.request ? fil_section_enter() : NULL;
    if (thread) {
        asking = stack_of(thread, false);
        fil_section_leave(thread);
    }
    pause_recording();
    *out =
        (struct fil_snapshot){.resident = {.start = recorder.resident_start, .most = most_so_far()},
                              .started = recorder.started,
                              .seconds = (double)(fil_os_clock_ns() - recorder.started_ns) / 1e9};
    fil_children_describe(&out->children);
    if (stop)
        fil_reserve_use(); /* freezing needs memory, and this is the last use of the reserve */
    error = fil_freeze(out, shown.moment, asking, shown.request, recorder.files_start)
                ? 0
                : FIL_SNAPSHOT_NO_MEMORY;
    out->end.is_now = !stop && !fil_ending_noted();
    if (stop && !error) {
        fil_shortage_watch(NULL, NULL);
        fil_blackbox_end();
        /* STOPPED before anything is forgotten: a thread that enters from now on turns
         * back, where it would find the old recording half emptied. */
        atomic_store_explicit(&fil_state_page.words.state, FIL_STOPPED, memory_order_release);
        fil_nouns_forget();
    } else {
        /* Without memory the recording goes on, also where it was to stop: the caller may free
         * something and ask again. */
        if (stop) fil_reserve_renew();
        fil_quiescence_end();
    }
    fil_self.guard = guard;
    fil_spinlock_unlock(&recorder.control);
    return error;
}

/* Not in a child that has this process's memory; nor in a signal handler that interrupted a
 * section, where a lock may be held. */
void fil_recorder_dying(void) {
    if (fil_section_is_open() || recorder.process_id != fil_os_process_id()) return;
    struct fil_thread *thread = fil_section_enter();
    if (!thread) return;
    fil_touching_look_last();
    fil_section_leave(thread);
}

void fil_recorder_after_fork(void) {
    atomic_store_explicit(&fil_state_page.words.state, FIL_STOPPED, memory_order_relaxed);
    fil_state_close_gate();
    recorder.process_id = fil_os_process_id();
    fil_spinlock_reset(&recorder.control);
    fil_nouns_after_fork();
}
