/* SPDX-License-Identifier: Apache-2.0 */
/* All that closes the gate of the short way, at once: starts, stops, snapshots and forks, the
 * deaths of code objects, ranges that are looked at, growth, and threads that take turns, wait and
 * end. */
#include "../../../filext/engine/growth.h"
#include "gate_driver.c"

enum { WORKERS = 3, KEPT = 64, EVENTS = 4000 };

/* The interpreter's lock: Python's allocators and the deaths of code objects have it. */
static pthread_mutex_t gil = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool is_over;
static atomic_ulong shortly, deaths, recordings;

static uint32_t next(uint32_t *random, uint32_t below) {
    *random = *random * 1664525 + 1013904223;
    return (*random >> 8) % below;
}

static size_t some_bytes(uint32_t *random) {
    return next(random, next(random, 20) ? 600 : 20000);
}

/* An event of Python's, or of C code that runs without the interpreter's lock. */
static void change(uintptr_t at, bool is_kept, uint32_t stack, uint32_t *random) {
    bool is_pythons = next(random, 4), waits = !next(random, 100);
    if (is_pythons) pthread_mutex_lock(&gil);
    current_stack = stack;
    if (is_kept) is_pythons ? release(at) : fil_recorder_freed((void *)at);
    else if (is_pythons) allocate(at, stack, some_bytes(random));
    else fil_recorder_allocated((void *)at, some_bytes(random), false);
    if (waits) fil_recorder_awaits(1);
    if (is_pythons) pthread_mutex_unlock(&gil);
}

static void *work(void *number) {
    uint32_t random = (uint32_t)(uintptr_t)number;
    uintptr_t base = AT * (2 + (random & 15));
    bool kept[KEPT] = {false};
    for (int i = 0; i < EVENTS; i++) {
        uint32_t place = next(&random, KEPT);
        change(base + (uintptr_t)place * 32768, kept[place], 1 + next(&random, STACKS - 1),
               &random);
        kept[place] = !kept[place];
    }
    for (uint32_t i = 0; i < KEPT; i++)
        if (kept[i]) change(base + (uintptr_t)i * 32768, true, 1, &random);
    shortly += short_events;
    return NULL;
}

/* Its threads end, and their records are the next ones'. */
static void *employ(void *number) {
    for (uintptr_t round = 1; !is_over; round++) {
        pthread_t thread;
        CHECK(!pthread_create(&thread, NULL, work, (void *)((uintptr_t)number + round * 16)));
        pthread_join(thread, NULL);
    }
    return NULL;
}

static void *let_code_die(void *unused) {
    (void)unused;
    while (!is_over) {
        pthread_mutex_lock(&gil);
        a_code_object_dies();
        pthread_mutex_unlock(&gil);
        deaths++;
        fil_os_wait(16);
    }
    return NULL;
}

static void *map_and_grow(void *unused) {
    (void)unused;
    for (unsigned round = 0; !is_over; round++) {
        unmap_the_page(map_a_page());
        if (round % 16 == 0) fil_growth_noticed();
        fil_os_wait(16);
    }
    return NULL;
}

/* Mostly snapshots; the interpreter's lock is held as in the extension. */
static void record_now_and_then(void) {
    uint32_t random = 1;
    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&gil);
        uint32_t what = next(&random, 8);
        if (!fil_recorder_is_recording()) start();
        else CHECK(peak(what == 0) >= 0);
        recordings += what == 0;
        if (what == 1) check_a_fork();
        pthread_mutex_unlock(&gil);
        fil_os_wait(16);
    }
}

static void test_storm(void) {
    pthread_t threads[WORKERS + 2];
    for (uintptr_t i = 0; i < WORKERS; i++)
        CHECK(!pthread_create(&threads[i], NULL, employ, (void *)i));
    CHECK(!pthread_create(&threads[WORKERS], NULL, let_code_die, NULL));
    CHECK(!pthread_create(&threads[WORKERS + 1], NULL, map_and_grow, NULL));
    record_now_and_then();
    is_over = true;
    for (int i = 0; i < WORKERS + 2; i++) pthread_join(threads[i], NULL);
    CHECK(shortly && deaths && recordings);
    if (fil_recorder_is_recording()) CHECK(peak(true) >= 0);
}

/* What the storm left does no harm. */
static void test_afterwards(void) {
    start();
    check_it_opens();
    allocate(AT, 1, 1000);
    allocate(2 * AT, 2, 500);
    release(AT);
    check_validity();
    CHECK(peak(true) == 1500);
}

int main(void) {
    fil_recorder_prepare(false);
    test_storm();
    test_afterwards();
    puts("all good");
    return 0;
}
