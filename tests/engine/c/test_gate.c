/* SPDX-License-Identifier: Apache-2.0 */
/* What closes the gate of the short way, one by one, and that the next event of its thread opens it
 * again. */
#include <sys/syscall.h>

#include "../../../filext/engine/growth.h"
#include "../../../filext/engine/quiescence.h"
#include "gate_driver.c"

static void test_start_and_stop(void) {
    one_event();
    CHECK(!is_open() && !short_events);
    for (int i = 0; i < 2; i++) {
        start();
        check_it_opens();
        CHECK(peak(true) == 100);
        one_event();
        CHECK(!is_open());
    }
}

static void test_snapshot(void) {
    CHECK(peak(false) == 100);
    check_it_opens();
    fil_quiescence_begin(FIL_PAUSED);
    CHECK(!is_open());
    fil_quiescence_end();
    check_it_opens();
}

/* A free, too, of a block that is older than the recording. */
static void test_a_free_opens(void) {
    fil_state_close_gate();
    release(AT);
    CHECK(is_open());
}

static void *allocate_a_batch(void *unused) {
    (void)unused;
    allocate(2 * AT, 2, 2 * BATCH); /* so much is brought to the total at once */
    release(2 * AT);
    CHECK(!is_open());
    return NULL;
}

static void in_a_thread(void *(*routine)(void *)) {
    pthread_t thread;
    CHECK(!pthread_create(&thread, NULL, routine, NULL) && !pthread_join(thread, NULL));
}

/* It comes back when no other has brought anything to the total for so many events. */
static void test_another_threads_sync(void) {
    in_a_thread(allocate_a_batch);
    one_event();
    CHECK(!is_open());
    for (int i = 0; !fil_counters_is_exclusive(fil_self.thread); i++) {
        CHECK(i < 1000);
        allocate(AT, 1, 2 * BATCH);
        release(AT);
    }
    fil_state_close_gate();
    check_it_opens();
}

static void *become_exclusive(void *unused) {
    (void)unused;
    for (int i = 0; i < 1000 && !is_open(); i++) {
        allocate(2 * AT, 2, 2 * BATCH);
        release(2 * AT);
    }
    CHECK(is_open());
    return NULL;
}

static void test_the_threads_end(void) {
    in_a_thread(become_exclusive);
    CHECK(!atomic_load(&WORDS->gate));
    check_it_opens();
}

/* While it awaits its work's end only an allocation of Python's tells that it is back. */
static void test_waiting_for_work(void) {
    current_stack = 3;
    fil_recorder_awaits(1);
    CHECK(!is_open());
    fil_recorder_allocated((void *)(2 * AT), 100, false);
    fil_recorder_freed((void *)(2 * AT));
    CHECK(!is_open());
    check_it_opens();
}

static void test_a_range_that_is_looked_at(void) {
    CHECK(is_open() && !fil_gate_looks());
    char *page = map_a_page();
    CHECK(!is_open());
    allocate(AT, 1, 100);
    CHECK(is_open() && fil_gate_looks());
    release(AT);
    unmap_the_page(page);
    fil_state_close_gate();
    check_it_opens();
    CHECK(!fil_gate_looks());
}

static void test_growth(void) {
    fil_growth_noticed();
    CHECK(!is_open() && atomic_load(&WORDS->state) == FIL_RECORDING_FENCED);
    check_it_opens();
    CHECK(atomic_load(&WORDS->state) == FIL_RECORDING);
}

static void test_a_code_objects_death(void) {
    a_code_object_dies();
    check_it_opens();
    a_code_object_dies();
    release(AT); /* no walk, which would refresh the memo */
    CHECK(is_open() && is_fresh(fil_self.thread->memo, fil_self.thread->root));
}

static void pause_it(void) {
    atomic_store(&WORDS->state, FIL_PAUSED);
    fil_state_close_gate();
}

static void take_exclusivity(void) {
    atomic_store(&fil_totals.exclusive, NULL);
    fil_state_close_gate();
}

/* The gate was looked at before the change, and is written after it was closed. */
static void test_a_change_while_it_is_opened(void) {
    void (*const changes[])(void) = {pause_it, take_exclusivity};
    for (int i = 0; i < 2; i++) {
        fil_state_close_gate();
        meanwhile = changes[i];
        release(AT);
        CHECK(!meanwhile && !is_open());
        atomic_store(&WORDS->state, FIL_RECORDING);
        atomic_store(&fil_totals.exclusive, fil_self.thread);
        check_it_opens();
    }
}

static void test_fork(void) {
    one_event();
    CHECK(is_open());
    check_a_fork();
    CHECK(is_open());
}

/* The sanitizers must see each thread end. */
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define MAY_DIE
static void *die_without_a_word(void *unused) {
    become_exclusive(unused);
    syscall(SYS_exit, 0);
    return NULL;
}

static void *take_the_record_over(void *its_former_owners) {
    CHECK(atomic_load(&WORDS->gate) == its_former_owners);
    fil_recorder_freed((void *)AT);
    CHECK(fil_self.thread == its_former_owners && !is_open());
    return NULL;
}

static void test_a_thread_that_died_without_a_word(void) {
    pthread_t thread;
    in_a_thread(die_without_a_word);
    void *dead = atomic_load(&WORDS->gate);
    CHECK(dead && dead != fil_self.thread);
    CHECK(!pthread_create(&thread, NULL, take_the_record_over, dead) &&
          !pthread_join(thread, NULL));
    fil_thread_made_by((struct fil_creation){0}); /* of no thread that is gone: no change */
    check_it_opens();
}
#endif

int main(void) {
    fil_recorder_prepare(false);
    test_start_and_stop();
    start();
    check_it_opens();
    test_snapshot();
    test_a_free_opens();
    test_another_threads_sync();
    test_the_threads_end();
    test_waiting_for_work();
    test_a_range_that_is_looked_at();
    test_growth();
    test_a_code_objects_death();
    test_a_change_while_it_is_opened();
    test_fork();
#ifdef MAY_DIE
    test_a_thread_that_died_without_a_word();
#endif
    CHECK(peak(true) > 0);
    puts("all good");
    return 0;
}
