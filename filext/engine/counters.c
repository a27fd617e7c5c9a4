/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the total, its peak, and how they are kept exact while many threads allocate.
 * fil_counters_allocated and fil_counters_freed are its main entries, once for each event. */
#include "counters.h"

#include <stddef.h>
#include <stdlib.h>

#include "../base/spinlock.h"
#include "../record/counting.h"
#include "blackbox.h"
#include "fullest.h"
#include "state.h"
#include "timeline.h"
#include "touching.h"

#define BATCH FIL_COUNTERS_BATCH
/* So many syncs in a row make a thread the exclusive writer: 2 MiB of traffic pay for the few
 * microseconds of ending that. */
#define LONELY_SYNCS 256u
/* After the total leapt by this share of the peak and so many bytes, resident memory follows: what
 * was allocated is touched, what was freed is given back. So it is read once more at the first,
 * the fourth and the sixteenth event after that, and for the last time at one that is so much
 * later. The clock is asked by each of the first sixteen events, and then where the total has moved
 * by STEP. */
#define LEAP_SHARE 64
#define LEAP_LEAST ((int64_t)1 << 20)
#define LOOKS_AT ((1u << 1) | (1u << 4) | (1u << OFTEN))
#define OFTEN 16
#define STEP 4096
#define SETTLED_NS 8000000

/* In pages of its own, which a recording maps from the black box's file. totals.h says which field
 * is whose. */
struct fil_totals fil_totals = {.lock = FIL_SPINLOCK(FIL_LOCK_TOTALS)};

/* The search for a shortage is called when the total reaches `peak`, the timeline when it reaches
 * `high`. */
static struct {
    void (*reached)(void);
    int64_t (*step)(void);   /* returns by how much the peak must grow before the next call */
    int64_t peak, low, high; /* bytes; the timeline is called below `low`, too */
    int64_t leapt_ns;        /* when the total leapt, by the coarse clock, */
    unsigned asked;          /* and how many events have asked since for another look */
    bool asks;               /* whether the next one asks */
} watcher;

/* Inlined, each of the three events is one straight piece of code: a third of a recorded event's
 * instructions were calls, and stores of the event's parts in memory. */
#define INLINED FIL_INLINED

INLINED void change_slot(struct fil_slot *slot, int64_t delta, uint32_t allocations) {
    fil_slot_change(slot, fil_totals_epoch(&fil_totals), delta, allocations);
}

/* Without memory for slots the event is in the total and at no node: the report's nodes then hold
 * less than its total, by a little. */
static __attribute__((noinline)) void add_to_new_slot(struct fil_thread *thread, uint32_t node,
                                                      int64_t delta, uint32_t allocations) {
    struct fil_slot *slot = fil_thread_grow_slots(thread, node);
    if (slot) change_slot(slot, delta, allocations);
}

INLINED void add_to_slot(struct fil_thread *thread, uint32_t node, int64_t delta,
                         uint32_t allocations) {
    if (__builtin_expect(node < thread->slot_capacity, 1))
        change_slot(&thread->slots[node], delta, allocations);
    else add_to_new_slot(thread, node, delta, allocations);
}

static inline bool is_rising(void) {
    return fil_totals_is_rising(&fil_totals);
}

static inline void set_rising(bool rising) {
    atomic_store_explicit(&fil_totals.rising, rising, memory_order_relaxed);
}

static struct fil_peak_sample sample_now(void) {
    struct fil_peak_sample sample = {0};
    sample.resident = fil_os_resident_bytes(&sample.files);
    fil_timeline_note_resident(sample.resident);
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) {
        sample.blocks += atomic_load_explicit(&t->blocks, memory_order_relaxed);
    }
    return sample;
}

static void take_sample(void) {
    fil_totals.sampled = fil_totals.peak;
    fil_totals.sample = sample_now();
    fil_fullest_consider(fil_totals.sample, fil_totals.peak, false);
    fil_touching_look();
}

/* Reads the total while another thread may change it without atomics: a figure that may be an event
 * off costs the events nothing. */
static __attribute__((noinline, no_sanitize("thread"))) int64_t glance(void) {
    return __atomic_load_n(&fil_totals.current, __ATOMIC_RELAXED);
}

static void look(bool in_any_case) {
    struct fil_peak_sample now = sample_now();
    fil_fullest_consider(now, glance(), in_any_case);
}

void fil_counters_look(bool in_any_case) {
    if (in_any_case || fil_fullest_is_due()) look(in_any_case);
    fil_touching_look();
}

void fil_counters_look_last(void) {
    look(false);
}

/* Resident memory is read when a maximum ends, because what was allocated has been touched by then.
 * Maxima that are hardly higher than the one of the last sample are passed over. */
static __attribute__((noinline)) void end_maximum(void) {
    if (!fil_totals_sample_is_near(&fil_totals)) take_sample();
    fil_totals_end_maximum(&fil_totals);
}

/* The next total at which the timeline or the search for a shortage is called. */
static void set_watched(void) {
    fil_totals.watched = watcher.peak < watcher.high ? watcher.peak : watcher.high;
    fil_totals.floor = watcher.low;
    if (watcher.asks) {
        bool by_each = watcher.asked < OFTEN;
        int64_t above = by_each ? 0 : fil_totals.current + STEP,
                below = by_each ? INT64_MAX : fil_totals.current - STEP;
        if (above < fil_totals.watched) fil_totals.watched = above;
        if (below > fil_totals.floor) fil_totals.floor = below;
    }
    fil_totals_set_ceiling(&fil_totals);
}

static void note(void) {
    int64_t moved = llabs(fil_totals.current - fil_timeline.last);
    int64_t band = fil_timeline_note(fil_totals.current, fil_totals.peak);
    watcher.high = fil_totals.current + band;
    watcher.low = fil_totals.current - band;
    watcher.asks = moved >= LEAP_LEAST && moved >= fil_totals.peak / LEAP_SHARE;
    watcher.asked = 0;
    if (watcher.asks) watcher.leapt_ns = fil_os_coarse_clock_ns();
    fil_counters_look(false);
}

static void ask(void) {
    unsigned asked = ++watcher.asked;
    watcher.asks = fil_os_coarse_clock_ns() - watcher.leapt_ns < SETTLED_NS;
    bool is_read = !watcher.asks || (asked <= OFTEN && LOOKS_AT >> asked & 1);
    if (is_read) fil_counters_look(false);
    else if (asked < OFTEN) fil_touching_look();
}

/* The total isn't where the timeline knows it, or a leap is new. */
static void look_again(void) {
    if (fil_totals.current >= watcher.high || fil_totals.current < watcher.low) note();
    else if (watcher.asks) ask();
}

static __attribute__((noinline)) void fall_below(void) {
    look_again();
    set_watched();
}

static __attribute__((noinline)) void reach(void) {
    look_again();
    bool grown = fil_totals.peak >= watcher.peak;
    if (grown) watcher.peak = watcher.reached ? fil_totals.peak + watcher.step() : INT64_MAX;
    set_watched();
    if (grown && watcher.reached) watcher.reached();
}

void fil_counters_watch(void (*reached)(void), int64_t (*step)(void)) {
    watcher.reached = reached;
    watcher.step = step;
    watcher.peak = 0;
    fil_totals.watched = fil_totals.ceiling = 0;
}

INLINED void raise_total(int64_t bytes) {
    if (__builtin_expect(fil_totals_raise(&fil_totals, bytes), 0)) reach();
}

/* `changes_nodes`: bytes moved between nodes, so a maximum ends even where the total stays the
 * same. */
INLINED void lower_total(int64_t bytes, bool changes_nodes) {
    fil_totals.current -= bytes;
    if (is_rising() && (bytes || changes_nodes)) end_maximum();
    if (__builtin_expect(fil_totals.current < fil_totals.floor, 0)) fall_below();
}

/* What happens to the nodes in one event. */
struct event {
    uint32_t lose_node, gain_node;
    int64_t lose, gain; /* bytes, >= 0 */
    bool loses, gains;
};

INLINED void add_to_slots(struct fil_thread *thread, struct event e) {
    if (e.loses) add_to_slot(thread, e.lose_node, -e.lose, 0);
    if (e.gains) add_to_slot(thread, e.gain_node, e.gain, 1);
    if (e.gains == e.loses) return;
    fil_thread_count_block(thread, e.gains ? 1 : -1);
}

/* A falling total ends the maximum before the slots change, so that they save what they held at it.
 * A rising total is counted after the slots, so that they already hold what belongs to the new
 * maximum. */
INLINED void apply(struct fil_thread *thread, struct event e) {
    if (e.gains && (!e.loses || e.gain > e.lose)) {
        add_to_slots(thread, e);
        raise_total(e.gain - e.lose);
    } else {
        lower_total(e.lose - e.gain, e.loses && e.lose);
        add_to_slots(thread, e);
    }
}

/* The exclusive writer may be in an event that it counts without the lock, so we wait for its end;
 * or it waits for the very lock that we hold, and then it doesn't touch the total. */
static void end_exclusive_locked(void) {
    fil_spinlock_assert_held(&fil_totals.lock);
    struct fil_thread *holder = atomic_load_explicit(&fil_totals.exclusive, memory_order_relaxed);
    if (!holder) return;
    /* Store, barrier, then look at `busy`: a holder that is in no section sees NULL, or the closed
     * gate, when it enters the next one, and one that is in a section is waited for. The same
     * handshake as quiescence.c's. */
    atomic_store_explicit(&fil_totals.exclusive, NULL, memory_order_seq_cst);
    fil_state_close_gate();
    fil_os_barrier();
    /* Bounded: a holder that was killed inside of an event never ends it. */
    for (unsigned round = 0; round < 4096; round++) {
        if (!atomic_load_explicit(&holder->busy, memory_order_acquire)) return;
        if (atomic_load_explicit(&holder->syncing, memory_order_acquire)) return;
        fil_os_wait(round);
    }
}

static void bring_batch_locked(struct fil_thread *thread) {
    fil_spinlock_assert_held(&fil_totals.lock);
    if (!thread->gross) return;
    if (thread->delta > 0) raise_total(thread->delta);
    else lower_total(-thread->delta, true);
    thread->delta = thread->gross = 0;
}

static void consider_exclusive_locked(struct fil_thread *thread) {
    fil_spinlock_assert_held(&fil_totals.lock);
    if (fil_totals.last != thread) {
        fil_totals.last = thread;
        fil_totals.in_a_row = 0;
    }
    bool is_first = atomic_load_explicit(&fil_totals.exclusive_vacant, memory_order_relaxed);
    if (fil_totals.in_a_row++ != LONELY_SYNCS && !is_first) return;
    atomic_store_explicit(&fil_totals.exclusive, thread, memory_order_relaxed);
    atomic_store_explicit(&fil_totals.exclusive_vacant, false, memory_order_relaxed);
}

static __attribute__((noinline)) void sync_with(struct fil_thread *thread, struct event e,
                                                int64_t moved) {
    bool urgent = thread->gross + moved > 2 * BATCH;
    /* Before the lock is waited for: its holder may be the one that ends our exclusive right, and
     * it waits until we are not busy or say that we touch nothing. */
    atomic_store_explicit(&thread->syncing, 1, memory_order_release);
    bool mine = fil_spinlock_try(&fil_totals.lock);
    if (!mine && urgent)
        fil_spinlock_lock(
            &fil_totals.lock); /* a batch that isn't urgent waits for its next event */
    atomic_store_explicit(&thread->syncing, 0, memory_order_release);
    if (!mine && !urgent) {
        add_to_slots(thread, e);
        thread->delta += e.gain - e.lose;
        thread->gross += moved;
        return;
    }
    end_exclusive_locked();
    bring_batch_locked(thread);
    apply(thread, e);
    consider_exclusive_locked(thread);
    fil_spinlock_unlock(&fil_totals.lock);
}

INLINED void count(struct fil_thread *thread, struct event e) {
    if (__builtin_expect(
            atomic_load_explicit(&fil_totals.exclusive, memory_order_relaxed) == thread, 1)) {
        apply(thread, e);
        return;
    }
    int64_t moved = e.gain + e.lose;
    if (thread->gross + moved > BATCH ||
        atomic_load_explicit(&fil_totals.exclusive_vacant, memory_order_relaxed)) {
        sync_with(thread, e, moved);
        return;
    }
    add_to_slots(thread, e);
    thread->delta += e.gain - e.lose;
    thread->gross += moved;
}

void fil_counters_allocated(struct fil_thread *thread, uint32_t node, int64_t bytes) {
    count(thread, (struct event){.gain_node = node, .gain = bytes, .gains = true});
}

void fil_counters_freed(struct fil_thread *thread, uint32_t node, int64_t bytes) {
    count(thread, (struct event){.lose_node = node, .lose = bytes, .loses = true});
}

void fil_counters_moved(struct fil_thread *thread, uint32_t old_node, int64_t old_bytes,
                        uint32_t new_node, int64_t new_bytes) {
    count(thread, (struct event){old_node, new_node, old_bytes, new_bytes, true, true});
}

bool fil_counters_is_exclusive(const struct fil_thread *thread) {
    return atomic_load_explicit(&fil_totals.exclusive, memory_order_relaxed) == thread;
}

void fil_counters_reached(void) {
    reach();
}

/* Only the thread itself, or any thread while the engine is quiescent: so no event of the short way
 * is under way that the closing of the gate would have to wait for. */
void fil_counters_flush(struct fil_thread *thread) {
    atomic_store_explicit(&thread->syncing, 1, memory_order_release); /* as in sync_with */
    fil_spinlock_lock(&fil_totals.lock);
    atomic_store_explicit(&thread->syncing, 0, memory_order_release);
    if (atomic_load_explicit(&fil_totals.exclusive, memory_order_relaxed) == thread) {
        atomic_store_explicit(&fil_totals.exclusive, NULL, memory_order_relaxed);
        fil_state_close_gate(); /* it stood open for this very thread */
        fil_totals.last = NULL; /* as at the start: an exclusive writer has nothing batched */
        atomic_store_explicit(&fil_totals.exclusive_vacant, true, memory_order_relaxed);
    } else if (thread->gross) {
        end_exclusive_locked();
    }
    bring_batch_locked(thread);
    fil_spinlock_unlock(&fil_totals.lock);
}

uint32_t fil_counters_epoch(void) {
    return atomic_load_explicit(&fil_totals.epoch, memory_order_relaxed);
}

uint32_t fil_counters_peak_epoch(void) {
    return fil_counters_epoch() - !is_rising();
}

bool fil_counters_in_peak(uint32_t born) {
    return (int32_t)(fil_counters_peak_epoch() - born) >= 0;
}

/* Reads the total only where that is allowed at once: waiting here could wait for a thread that
 * waits for this one. */
void fil_counters_resample(void) {
    struct fil_thread *exclusive =
        atomic_load_explicit(&fil_totals.exclusive, memory_order_relaxed);
    if ((exclusive && exclusive != fil_self.thread) || !fil_spinlock_try(&fil_totals.lock)) return;
    if (fil_totals.current >= fil_totals.peak - fil_totals.peak / FIL_SAMPLE_SHARE) {
        struct fil_peak_sample now = sample_now();
        if (now.resident > fil_totals.sample.resident) fil_totals.sample = now;
    }
    fil_spinlock_unlock(&fil_totals.lock);
}

/* Another thread may write the word meanwhile, without atomics; an old or a new value will do for
 * an estimate. */
static __attribute__((no_sanitize("thread"), noinline)) int64_t glance_at(const int64_t *total) {
    return __atomic_load_n(total, __ATOMIC_RELAXED);
}

int64_t fil_counters_now(void) {
    return glance_at(&fil_totals.current);
}

int64_t fil_counters_noticeably_more(void) {
    int64_t peak = glance_at(&fil_totals.peak);
    return peak + peak / FIL_SAMPLE_SHARE + FIL_SAMPLE_LEAST - fil_counters_now();
}

struct fil_peak_sample fil_counters_sample(enum fil_moment moment) {
    if (moment == FIL_MOMENT_NOW) return sample_now();
    if (is_rising()) take_sample();
    else fil_counters_resample();
    return fil_totals.sample;
}

int64_t fil_counters_peak(void) {
    return fil_totals.peak;
}

int64_t fil_counters_live(void) {
    return fil_totals.current;
}

void fil_counters_held(enum fil_moment moment, struct fil_held *nodes, uint32_t count) {
    uint32_t epoch = atomic_load_explicit(&fil_totals.epoch, memory_order_relaxed);
    bool live = moment == FIL_MOMENT_NOW || is_rising();
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) {
        for (uint32_t i = 0; i < count && i < t->slot_capacity; i++) {
            const struct fil_slot *slot = &t->slots[i];
            nodes[i].bytes += live ? slot->live : fil_slot_before(slot, epoch);
            nodes[i].allocations += slot->allocations;
        }
    }
}

int64_t fil_counters_error_bound(void) {
    int64_t threads = 0;
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) threads += t->slots != NULL;
    return threads > 1 ? threads * 2 * BATCH : 0;
}

void fil_counters_clear(void) {
    atomic_store(&fil_totals.exclusive, NULL);
    atomic_store(&fil_totals.epoch, 1);
    fil_timeline_clear();
    fil_totals.current = fil_totals.peak = fil_totals.sampled = 0;
    fil_totals.watched = fil_totals.ceiling = fil_totals.floor = 0;
    watcher.peak = watcher.low = watcher.high = 0;
    watcher.asks = false;
    fil_totals.sample = (struct fil_peak_sample){0, 0, 0};
    set_rising(true); /* the empty state is the maximum so far */
    fil_totals.last = NULL;
    fil_totals.in_a_row = 0;
    atomic_store(&fil_totals.exclusive_vacant, true);
}

void fil_counters_keep(void) {
    fil_blackbox_take_in(FIL_PIECE_COUNTERS, &fil_totals, sizeof fil_totals);
    fil_blackbox_take_in(FIL_PIECE_TIMELINE, &fil_timeline, sizeof fil_timeline);
}

void fil_counters_after_fork(void) {
    fil_spinlock_reset(&fil_totals.lock);
    fil_timeline_after_fork();
}

#ifdef FIL_DEBUG
/* Checks the sums: all slots together hold the total and what is still batched; what they held at
 * the peak is the peak, to within the bound. */
bool fil_counters_is_valid(void) {
    int64_t live = 0, at_peak = 0, batched = 0;
    uint32_t epoch = fil_counters_epoch();
    const struct fil_thread *exclusive = atomic_load(&fil_totals.exclusive);
    for (const struct fil_thread *t = fil_threads_first(); t; t = t->next) {
        batched += t->delta;
        for (uint32_t i = 0; i < t->slot_capacity; i++) {
            if ((int32_t)(epoch - t->slots[i].epoch) < 0) return false;
            live += t->slots[i].live;
            at_peak += is_rising() ? t->slots[i].live : fil_slot_before(&t->slots[i], epoch);
        }
    }
    if (exclusive && exclusive->gross) return false;
    if (fil_totals.current > fil_totals.peak || fil_totals.ceiling > fil_totals.peak ||
        (is_rising() && fil_totals.current != fil_totals.peak))
        return false;
    return live == fil_totals.current + batched &&
           llabs(at_peak - fil_totals.peak) <= fil_counters_error_bound();
}
#endif
