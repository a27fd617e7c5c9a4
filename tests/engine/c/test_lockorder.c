/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the locks: what keeps it goes on, and what doesn't ends the process with a sentence
 * that says what is wrong. Each case runs in a process of its own. */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../filext/base/spinlock.h"
#include "check.h"

static struct fil_spinlock outer = FIL_SPINLOCK(FIL_LOCK_MAPPINGS),
                           inner = FIL_SPINLOCK(FIL_LOCK_CALLTREE),
                           same = FIL_SPINLOCK(FIL_LOCK_MAPPINGS), unranked;

static void in_order(void) {
    fil_spinlock_lock(&outer);
    fil_spinlock_lock(&inner);
    fil_spinlock_assert_held(&outer);
    fil_spinlock_unlock(&outer); /* in any order */
    fil_spinlock_unlock(&inner);
    fil_spinlock_lock(&outer);
    fil_spinlock_unlock(&outer);
}

static void out_of_order(void) {
    fil_spinlock_lock(&inner);
    fil_spinlock_lock(&outer);
}

static void twice(void) {
    fil_spinlock_lock(&outer);
    fil_spinlock_lock(&outer);
}

static void of_the_same_rank(void) {
    fil_spinlock_lock(&outer);
    fil_spinlock_lock(&same);
}

static void tried_out_of_order(void) {
    fil_spinlock_lock(&inner);
    CHECK(fil_spinlock_try(&outer));
    CHECK(!fil_spinlock_try(&outer)); /* its own, and nothing changes */
    fil_spinlock_assert_held(&outer);
    fil_spinlock_unlock(&outer);
    fil_spinlock_unlock(&inner);
}

static void waited_for_beneath_a_tried_one(void) {
    CHECK(fil_spinlock_try(&inner));
    fil_spinlock_lock(&outer);
}

static void without_a_rank(void) {
    fil_spinlock_lock(&unranked);
}

static void tried_without_a_rank(void) {
    fil_spinlock_try(&unranked);
}

static void not_held(void) {
    fil_spinlock_assert_held(&inner);
}

static void released_twice(void) {
    fil_spinlock_lock(&inner);
    fil_spinlock_unlock(&inner);
    fil_spinlock_unlock(&inner);
}

static void *claim(void *unused) {
    fil_spinlock_assert_held(&inner);
    return unused;
}

static void held_by_another_thread(void) {
    pthread_t other;
    fil_spinlock_lock(&inner);
    pthread_create(&other, NULL, claim, NULL);
    pthread_join(other, NULL);
}

static void take_inner(int number) {
    (void)number;
    fil_spinlock_lock(&inner);
    fil_spinlock_unlock(&inner);
}

static void take_outer(int number) {
    (void)number;
    fil_spinlock_lock(&outer);
}

static void in_order_in_a_handler(void) {
    signal(SIGUSR1, take_inner);
    fil_spinlock_lock(&outer);
    raise(SIGUSR1);
    fil_spinlock_assert_held(&outer);
    fil_spinlock_unlock(&outer);
}

static void out_of_order_in_a_handler(void) {
    signal(SIGUSR1, take_outer);
    fil_spinlock_lock(&inner);
    raise(SIGUSR1);
}

/* The child resets all locks, and takes what order it likes. The code that the handler interrupted
 * goes on in the child as if it had its locks. */
static void fork_in_a_handler(int number) {
    (void)number;
    if (fork() != 0) {
        int status;
        CHECK(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
        return;
    }
    fil_spinlock_reset(&outer);
    fil_spinlock_reset(&inner);
    fil_spinlock_lock(&outer);
    fil_spinlock_unlock(&outer);
}

static void in_a_child_of_a_handler(void) {
    signal(SIGUSR1, fork_in_a_handler);
    fil_spinlock_lock(&inner);
    raise(SIGUSR1);
    fil_spinlock_assert_held(&inner);
    fil_spinlock_unlock(&inner);
    fil_spinlock_lock(&outer);
    fil_spinlock_lock(&inner);
    fil_spinlock_assert_held(&inner);
}

static void not_held_since_the_reset(void) {
    fil_spinlock_lock(&outer);
    fil_spinlock_reset(&outer);
    fil_spinlock_unlock(&outer);
    fil_spinlock_assert_held(&outer);
}

#define HOME " (filext/base/lockorder.h)\n"
#define CASE(name, said) {#name, name, said}
static const struct {
    const char *name;
    void (*run)(void);
    const char *said; /* "": it goes well */
} cases[] = {
    CASE(in_order, ""),
    CASE(tried_out_of_order, ""),
    CASE(in_order_in_a_handler, ""),
    CASE(in_a_child_of_a_handler, ""),
    CASE(out_of_order, "the mappings' lock is waited for by a thread that holds "
                       "the call tree's lock" HOME),
    CASE(waited_for_beneath_a_tried_one, "the mappings' lock is waited for by a thread that holds "
                                         "the call tree's lock" HOME),
    CASE(out_of_order_in_a_handler, "the mappings' lock is waited for by a thread that holds "
                                    "the call tree's lock" HOME),
    CASE(twice, "the mappings' lock is waited for by a thread that holds "
                "the mappings' lock" HOME),
    CASE(of_the_same_rank, "the mappings' lock is waited for by a thread that holds "
                           "the mappings' lock" HOME),
    CASE(without_a_rank, "a lock without a rank is taken" HOME),
    CASE(tried_without_a_rank, "a lock without a rank is taken" HOME),
    CASE(not_held, "the call tree's lock isn't held where it must be" HOME),
    CASE(released_twice, "the call tree's lock isn't held where it must be" HOME),
    CASE(held_by_another_thread, "the call tree's lock isn't held where it must be" HOME),
    CASE(not_held_since_the_reset, "the mappings' lock isn't held where it must be" HOME),
};

/* Runs a case in a child; `said` gets what it wrote to stderr. Returns how it ended. */
static int run(void (*one)(void), char *said, size_t size) {
    int ends[2], status = 0;
    CHECK(pipe(ends) == 0);
    if (fork() == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        one();
        exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got = 1; got > 0 && length < size - 1; length += (size_t)(got > 0 ? got : 0))
        got = read(ends[0], said + length, size - 1 - length);
    said[length] = 0;
    close(ends[0]);
    CHECK(wait(&status) > 0);
    return status;
}

int main(void) {
    bool good = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char said[1000];
        int status = run(cases[i].run, said, sizeof said);
        bool dies = cases[i].said[0];
        bool ends = dies ? WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT : status == 0;
        if (ends && strcmp(said, cases[i].said) == 0) continue;
        fprintf(stderr, "%s: status %x, and it said: %s\n", cases[i].name, status, said);
        good = false;
    }
    if (good) puts("all good");
    return !good;
}
