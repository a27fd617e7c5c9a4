/* SPDX-License-Identifier: Apache-2.0 */
/* Drives the engine from several threads: one at a time, each event on the thread it is meant for,
 * or all at once, with an exact account of what is live. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "engine_driver.c"

/* --- random events, with an exact account
 * --------------------------------------------------------------------------------- */

enum { PLACES = 2048, STORM_STACKS = 64 };

/* A place where a block may lie. The thread that turns `state` to BUSY owns it: any thread may free
 * or move what another made. */
enum state { EMPTY, BUSY, LIVE };
static struct spot {
    atomic_uint state;
    uint32_t stack;
    size_t bytes;
} spots[PLACES];

struct storm {
    uint64_t random;
    uint32_t events, stacks;
    size_t largest;
    int64_t live[STORM_STACKS]; /* what this thread added to each stack, and took from it */
};

static uint32_t next(struct storm *storm, uint32_t below) {
    storm->random ^= storm->random << 13;
    storm->random ^= storm->random >> 7;
    storm->random ^= storm->random << 17;
    return (uint32_t)(storm->random >> 20) % below;
}

static uintptr_t address_of(uint32_t spot) {
    return 0x300000000000 + (uintptr_t)spot * 4096;
}

static bool take_spot(uint32_t spot, unsigned from) {
    return atomic_compare_exchange_strong(&spots[spot].state, &from, BUSY);
}

/* Mostly small, some of a batch's size, a few large: each kind goes another way through the
 * counters. */
static size_t some_bytes(struct storm *storm) {
    uint32_t kind = next(storm, 100);
    return kind < 70   ? next(storm, 600)
           : kind < 97 ? next(storm, 20000)
                       : next(storm, (uint32_t)storm->largest);
}

static void fill(struct storm *storm, uint32_t spot) {
    spots[spot].stack = 1 + next(storm, storm->stacks - 1);
    spots[spot].bytes = some_bytes(storm);
    storm->live[spots[spot].stack] += (int64_t)spots[spot].bytes;
}

static void one_event(struct storm *storm) {
    uint32_t spot = next(storm, PLACES), other = next(storm, PLACES);
    if (take_spot(spot, EMPTY)) {
        fill(storm, spot);
        driver_allocate(address_of(spot), spots[spot].stack, spots[spot].bytes);
        atomic_store(&spots[spot].state, LIVE);
    } else if (take_spot(spot, LIVE)) {
        storm->live[spots[spot].stack] -= (int64_t)spots[spot].bytes;
        if (other % 2 && take_spot(other, EMPTY)) {
            fill(storm, other);
            driver_reallocate(address_of(spot), address_of(other), spots[other].stack,
                              spots[other].bytes);
            atomic_store(&spots[other].state, LIVE);
        } else {
            driver_free(address_of(spot));
        }
        atomic_store(&spots[spot].state, EMPTY);
    }
}

static void run_storm(struct storm *storm) {
    for (uint32_t i = 0; i < storm->events; i++) {
        one_event(storm);
        if (next(storm, 1000) == 0) sched_yield();
    }
}

/* --- threads that do what they are told, and stay: what they have batched stays with them
 * --------------------------------- */

enum order { ALLOCATE, FREE, MOVE, STORM, END };
enum { MOST_THREADS = 16 };

static struct hand {
    pthread_t thread;
    bool runs;
    sem_t told, done;
    enum order order;
    uintptr_t address, other;
    uint32_t stack;
    size_t bytes;
    struct storm storm;
} hands[MOST_THREADS];

static void *obey(void *argument) {
    struct hand *hand = argument;
    for (;;) {
        sem_wait(&hand->told);
        enum order order = hand->order;
        if (order == ALLOCATE) driver_allocate(hand->address, hand->stack, hand->bytes);
        else if (order == FREE) driver_free(hand->address);
        else if (order == MOVE)
            driver_reallocate(hand->address, hand->other, hand->stack, hand->bytes);
        else if (order == STORM) run_storm(&hand->storm);
        sem_post(&hand->done);
        if (order == END) return NULL;
    }
}

/* The thread is made when it is first needed. */
static void tell(struct hand *hand, enum order order) {
    if (!hand->runs) {
        sem_init(&hand->told, 0, 0);
        sem_init(&hand->done, 0, 0);
        hand->runs = pthread_create(&hand->thread, NULL, obey, hand) == 0;
    }
    hand->order = order;
    sem_post(&hand->told);
}

/* One event on thread `number`. */
void driver_on_thread(uint32_t number, int order, uintptr_t address, uintptr_t other,
                      uint32_t stack, size_t bytes) {
    struct hand *hand = &hands[number % MOST_THREADS];
    hand->address = address;
    hand->other = other;
    hand->stack = stack;
    hand->bytes = bytes;
    tell(hand, (enum order)order);
    sem_wait(&hand->done);
}

/* The thread ends; its record is the next new thread's. */
void driver_end_thread(uint32_t number) {
    struct hand *hand = &hands[number % MOST_THREADS];
    if (!hand->runs) return;
    tell(hand, END);
    sem_wait(&hand->done);
    pthread_join(hand->thread, NULL);
    hand->runs = false;
}

/* Before (+1) the caller's own events run beside a storm in another thread, and after them (-1). */
void driver_pause_checks(int change) {
    checks_paused += change;
}

/* Random events in `threads` threads at once; `exact[i]` is what stack i holds when all have done
 * theirs. What earlier storms left goes on; `fresh` forgets it (after a new start). */
void driver_storm(uint32_t threads, uint32_t events, uint32_t stacks, uint64_t seed, bool fresh,
                  int64_t *exact) {
    checks_paused++;
    for (uint32_t i = 0; fresh && i < PLACES; i++) atomic_store(&spots[i].state, EMPTY);
    for (uint32_t i = 0; fresh && i < stacks; i++) exact[i] = 0;
    for (uint32_t i = 0; i < threads; i++) {
        hands[i].storm =
            (struct storm){(seed + i + 1) * 0x9E3779B97F4A7C15u | 1, events, stacks, 1 << 20, {0}};
        tell(&hands[i], STORM);
    }
    for (uint32_t i = 0; i < threads; i++) {
        sem_wait(&hands[i].done);
        for (uint32_t stack = 0; stack < stacks; stack++)
            exact[stack] += hands[i].storm.live[stack];
    }
    checks_paused--;
}
