/* SPDX-License-Identifier: Apache-2.0 */
/* The engine without Python and without preload, for the sanitizers: each check names what it
 * expects. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../filext/engine/counters.h"
#include "../../../filext/engine/livetable.h"
#include "../../../filext/platform/os.h"
#include "check.h"
#include "engine_threads.c"

static int64_t held[64];

static void test_peak_is_the_first_maximum(void) {
    CHECK(driver_start());
    driver_allocate(0x1000000, 1, 100);
    driver_free(0x1000000);
    driver_allocate(0x2000000, 2, 100); /* as much again: not the first */
    CHECK(driver_peak(held, 64, true) == 100);
    CHECK(held[1] == 100 && held[2] == 0);
}

static void test_a_look_meanwhile_costs_no_accuracy(void) {
    CHECK(driver_start());
    driver_allocate(0x1000000, 1, 100000);
    CHECK(driver_peak(held, 64, false) == 100000);
    driver_allocate(0x2000000, 2, 3000); /* less than a batch */
    driver_free(0x2000000);
    CHECK(driver_peak(held, 64, true) == 103000);
    CHECK(driver_bound() == 0 && held[2] == 3000);
}

static void test_realloc_is_one_event(void) {
    CHECK(driver_start());
    driver_allocate(0x1000000, 1, 5000);
    driver_reallocate(0x1000000, 0x3000000, 2, 6000);
    driver_reallocate(0x3000000, 0x3000000, 3, 10);
    CHECK(driver_peak(held, 64, true) == 6000);
    CHECK(held[1] == 0 && held[2] == 6000 && held[3] == 0);
}

static void test_blocks_of_every_size_and_alignment(void) {
    static const size_t sizes[] = {0, 1, 16, 17, 1008, 1009, 1 << 20, (size_t)5 << 32};
    CHECK(driver_start());
    for (int round = 0; round < 2; round++) {
        int64_t total = 0;
        for (uint32_t i = 0; i < 8; i++) {
            driver_allocate(0x7f0000000000 + ((uintptr_t)i << 34) + i * (round ? 16 : 1), i + 1,
                            sizes[i]);
            total += (int64_t)sizes[i];
        }
        for (uint32_t i = 0; i < 8; i++)
            driver_free(0x7f0000000000 + ((uintptr_t)i << 34) + i * (round ? 16 : 1));
        CHECK(driver_peak(held, 64, false) == total);
    }
    CHECK(driver_peak(held, 64, true) ==
          (int64_t)((size_t)5 << 32) + (1 << 20) + 1009 + 1008 + 17 + 16 + 1);
}

static void test_unknown_blocks_do_not_count(void) {
    CHECK(driver_start());
    driver_free(0x5550000);
    driver_reallocate(0x5550000, 0x5560000, 1, 10);
    CHECK(driver_peak(held, 64, true) == 10);
}

static void test_a_recording_knows_nothing_of_the_one_before(void) {
    CHECK(driver_start());
    driver_allocate(0x1000000, 1, 1000);
    CHECK(driver_peak(held, 64, true) == 1000);
    CHECK(driver_start());
    driver_free(0x1000000);
    driver_allocate(0x1000000, 2, 7);
    CHECK(driver_peak(held, 64, true) == 7);
    CHECK(held[1] == 0 && held[2] == 7);
}

static void test_mappings_in_parts(void) {
    CHECK(driver_start());
    driver_map(0x10000000, 1, 0x10000);
    driver_unmap(0x10004000, 0x4000);    /* a hole */
    driver_map(0x1000e000, 2, 0x4000);   /* over its tail */
    driver_unmap(0x10000000, 0x1000);    /* its head */
    driver_map(0x20000000, 3, 0x100000); /* now the peak */
    CHECK(driver_peak(held, 64, true) == 0x10000 - 0x4000 - 0x2000 - 0x1000 + 0x4000 + 0x100000);
    CHECK(held[1] == 0x9000 && held[2] == 0x4000 && held[3] == 0x100000);
}

/* A file mapped privately: looks, which every event pays for, are wanted when the program may write
 * to it. Never of a shared one. */
static void test_only_what_may_be_written_to_is_looked_at(void) {
    char *start = (char *)0x10000000;
    uintptr_t at = (uintptr_t)start;
    struct fil_mapping file = {
        .start = at, .bytes = 3 * FIL_OS_PAGE, .kind = FIL_KIND_PRIVATE_FILE, .path = "/file"};
    struct fil_mapping shared = {.start = at + 16 * FIL_OS_PAGE,
                                 .bytes = FIL_OS_PAGE,
                                 .kind = FIL_KIND_PRIVATE_FILE,
                                 .path = "/shared"};
    file.counting = FIL_COUNTS_INACCESSIBLE;
    shared.counting = FIL_COUNTS_NEVER;
    CHECK(driver_start());
    fil_recorder_mapped(&file);
    fil_recorder_mapped(&shared);
    fil_recorder_made_accessible(start, 32 * FIL_OS_PAGE, false);
    CHECK(fil_mappings_has_inaccessible() && !fil_mappings_want_checkpoints());
    fil_recorder_made_accessible(start + FIL_OS_PAGE, 31 * FIL_OS_PAGE, true);
    CHECK(fil_mappings_has_inaccessible() && fil_mappings_want_checkpoints());
    driver_unmap(at, FIL_OS_PAGE);
    CHECK(!fil_mappings_has_inaccessible() && fil_mappings_want_checkpoints());
    driver_unmap(at, 32 * FIL_OS_PAGE);
    CHECK(!fil_mappings_want_checkpoints());
    CHECK(driver_peak(held, 64, true) == 0);
}

/* Too many for a look at all of them after each. */
static void test_many_nodes(void) {
    CHECK(driver_start());
    checks_paused++;
    for (uint32_t i = 1; i <= 200000; i++) driver_allocate(0x100000000 + (uintptr_t)i * 64, i, 40);
    checks_paused--;
    CHECK(driver_peak(held, 64, true) == 200000 * 40);
    CHECK(held[63] == 40);
}

enum { THREADS = 8, ROUNDS = 20000 };

/* Large blocks among the small: each takes the total's lock, and ends the right of the exclusive
 * writer. */
static void *churn(void *number) {
    uintptr_t base = 0x200000000000 + ((uintptr_t)number << 36);
    for (uintptr_t i = 0; i < ROUNDS; i++) {
        driver_allocate(base + i % 64 * 4096, (uint32_t)(uintptr_t)number + 1,
                        i % 97 ? 32 + i % 3000 : 100000);
        if (i % 64 == 63) {
            for (uintptr_t k = 0; k < 64; k++) driver_free(base + k * 4096);
        }
    }
    return NULL;
}

static void test_threads_stay_within_the_bound(void) {
    pthread_t threads[THREADS];
    CHECK(driver_start());
    checks_paused++;
    for (uintptr_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, churn, (void *)i);
    for (int i = 0; i < 5; i++) CHECK(driver_peak(held, 64, false) >= 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    checks_paused--;
    driver_allocate(0x1000000, 50, 1 << 30); /* certainly the peak */
    int64_t left = 0, peak = driver_peak(held, 64, true),
            bound = (THREADS + 1) * 2 * FIL_COUNTERS_BATCH;
    for (int i = 0; i < 64; i++) left += held[i];
    CHECK(llabs(peak - left) <= bound);
    CHECK(held[50] == 1 << 30);
}

static void test_storms_stay_within_the_bound(void) {
    int64_t exact[8];
    CHECK(driver_start());
    for (int64_t storm = 0; storm < 3; storm++) {
        driver_storm(6, 5000, 8, (uint64_t)storm, storm == 0, exact);
        driver_allocate(0x1000000, 50, (size_t)(storm + 1) << 33); /* certainly the peak */
        CHECK(driver_peak(held, 64, false) >= (storm + 1) << 33);
        for (int i = 0; i < 8; i++) CHECK(llabs(held[i] - exact[i]) <= driver_bound());
        driver_free(0x1000000);
    }
    CHECK(driver_peak(held, 64, true) > 0);
    for (uint32_t i = 0; i < 6; i++) driver_end_thread(i);
}

/* Each thread has a window of addresses, the latter half of it really mapped, and common to all are
 * three pieces of shared memory. Made-up pages are mapped over, unmapped and remapped; real ones
 * are touched, looked at and dropped. */
enum { MAPPERS = 4, REAL = 32, MAPPER_ROUNDS = 3000 };

static void change_made_up(uintptr_t base, uint32_t stack, struct storm *storm) {
    uintptr_t at = base + (uintptr_t)next(storm, REAL - 8) * FIL_OS_PAGE;
    size_t bytes = 1 + next(storm, 8 * FIL_OS_PAGE);
    uint32_t what = next(storm, 5);
    if (what == 0) driver_map(at, stack, bytes);
    else if (what == 1) driver_unmap(at, bytes);
    else if (what == 2)
        driver_share(at, stack, bytes, 1 + next(storm, 3), (uint64_t)next(storm, 16) * FIL_OS_PAGE);
    else if (what == 3) driver_reserve(at, stack, bytes, next(storm, 4), next(storm, 2));
    else
        driver_remap(at, FIL_OS_PAGE, base + (uintptr_t)next(storm, 8) * FIL_OS_PAGE, stack, bytes,
                     next(storm, 2));
}

static void change_real(char *real, uint32_t stack, struct storm *storm) {
    char *at = real + (size_t)next(storm, REAL - 8) * FIL_OS_PAGE;
    size_t bytes = (1 + (size_t)next(storm, 8)) * FIL_OS_PAGE;
    uint32_t what = next(storm, 4);
    if (what == 0) {
        driver_drop((uintptr_t)at, bytes);
        madvise(at, bytes, MADV_DONTNEED);
    } else if (what == 1) {
        driver_reserve((uintptr_t)at, stack, bytes, 0, next(storm, 2));
    } else if (what == 2) {
        driver_open((uintptr_t)at, stack, bytes);
    } else {
        memset(at, 1, bytes);
    }
}

static void *map_and_unmap(void *number) {
    struct storm storm = {.random = (uintptr_t)number * 0x9E3779B97F4A7C15u | 1};
    uint32_t stack = (uint32_t)(uintptr_t)number;
    uintptr_t base = 0x400000000000 + ((uintptr_t)number << 32);
    size_t bytes = (size_t)REAL * FIL_OS_PAGE;
    char *real = mmap((void *)(base + bytes), bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(real != MAP_FAILED);
    for (int i = 0; i < MAPPER_ROUNDS; i++) {
        if (next(&storm, 2)) change_made_up(base, stack, &storm);
        else change_real(real, stack, &storm);
    }
    driver_unmap(base, bytes);
    driver_unmap((uintptr_t)real, bytes);
    munmap(real, bytes);
    return NULL;
}

static void test_mappings_in_threads_leave_nothing_behind(void) {
    pthread_t threads[MAPPERS];
    int64_t exact[8];
    CHECK(driver_start());
    checks_paused++;
    for (uintptr_t i = 0; i < MAPPERS; i++)
        pthread_create(&threads[i], NULL, map_and_unmap, (void *)(i + 20));
    for (int i = 0; i < 5; i++) {
        driver_storm(3, 2000, 8, (uint64_t)i, i == 0, exact);
        CHECK(driver_peak(held, 64, false) >= 0);
    }
    for (int i = 0; i < MAPPERS; i++) pthread_join(threads[i], NULL);
    checks_paused--;
    driver_allocate(0x1000000, 50, (size_t)1 << 33); /* certainly the peak */
    CHECK(driver_peak(held, 64, true) >= (int64_t)1 << 33);
    for (uint32_t i = 0; i < MAPPERS; i++) CHECK(held[i + 20] == 0);
    for (int i = 0; i < 8; i++) CHECK(llabs(held[i] - exact[i]) <= driver_bound());
    for (uint32_t i = 0; i < 3; i++) driver_end_thread(i);
}

static void *wait_when_cancelled(void *waited) {
    pthread_cancel(pthread_self());
    fil_os_wait(0);
    fil_os_wait(16);
    *(bool *)waited = true;
    return NULL;
}

static void test_waiting_is_no_place_to_be_cancelled(void) {
    pthread_t thread;
    bool waited = false;
    pthread_create(&thread, NULL, wait_when_cancelled, &waited);
    pthread_join(thread, NULL);
    CHECK(waited);
}

static void test_a_forked_child_records_nothing_and_may_start(void) {
    CHECK(driver_start());
    driver_allocate(0x1000000, 1, 100);
    pid_t child = fork();
    if (child == 0) {
        driver_allocate(0x2000000, 2, 100); /* stopped: ignored */
        bool good = !fil_recorder_is_recording() && driver_start();
        driver_allocate(0x3000000, 3, 5);
        _exit(good && driver_peak(held, 64, true) == 5 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(driver_peak(held, 64, true) == 100);
}

int main(void) {
    test_peak_is_the_first_maximum();
    test_a_look_meanwhile_costs_no_accuracy();
    test_realloc_is_one_event();
    test_blocks_of_every_size_and_alignment();
    test_unknown_blocks_do_not_count();
    test_a_recording_knows_nothing_of_the_one_before();
    test_mappings_in_parts();
    test_only_what_may_be_written_to_is_looked_at();
    test_many_nodes();
    test_threads_stay_within_the_bound();
    test_storms_stay_within_the_bound();
    test_mappings_in_threads_leave_nothing_behind();
    test_waiting_is_no_place_to_be_cancelled();
    test_a_forked_child_records_nothing_and_may_start();
    puts("all good");
    return 0;
}
