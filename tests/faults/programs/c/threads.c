/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that allocate where there is little stack, or at a thread's end. */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "allocate.h"

/* Five keys, made before and after the profiler's own; each destructor sets its key again. */
static pthread_key_t keys[5];
static atomic_int destroyed;

static void destroy(void *key) {
    allocate();
    destroyed++;
    pthread_setspecific(*(pthread_key_t *)key, key);
}

static void *with_keys(void *nothing) {
    pthread_setspecific(keys[0], &keys[0]);
    allocate();
    return nothing;
}

/* How often destructors were called: each thread's as often as libc does it, four times. */
int end_with_destructors(int threads) {
    for (int i = 0; i < 5; i++) pthread_key_create(&keys[i], destroy);
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, with_keys, NULL);
        pthread_join(thread, NULL);
    }
    return destroyed;
}

static void *nested(void *nothing) {
    allocate();
    return nothing;
}

static void *small(void *nothing) {
    pthread_t thread;
    pthread_attr_t attributes;
    allocate();
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN);
    int error = pthread_create(&thread, &attributes, nested, nothing);
    if (!error) pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    return (void *)(intptr_t)error;
}

int on_the_smallest_stack(int threads) {
    pthread_t running[threads];
    pthread_attr_t attributes;
    int failed = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN);
    for (int i = 0; i < threads; i++)
        failed += pthread_create(&running[i], &attributes, small, NULL) != 0;
    for (int i = 0; i < threads; i++) {
        void *error;
        pthread_join(running[i], &error);
        failed += error != NULL;
    }
    pthread_attr_destroy(&attributes);
    return failed;
}

static void clean_up(void *block) {
    free(block);
    allocate();
}

static void *allocate_until_cancelled(void *nothing) {
    for (;;) {
        void *block = malloc(1000);
        pthread_cleanup_push(clean_up, block);
        free(malloc(100000));
        pthread_testcancel();
        pthread_cleanup_pop(1);
    }
    return nothing;
}

int cancelled_while_allocating(int threads) {
    int cancelled = 0;
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        void *result;
        pthread_create(&thread, NULL, allocate_until_cancelled, NULL);
        usleep(i % 5 * 100);
        pthread_cancel(thread);
        pthread_join(thread, &result);
        cancelled += result == PTHREAD_CANCELED;
    }
    return cancelled;
}

static void *call(void *function) {
    allocate();
    ((void (*)(void))function)();
    return NULL;
}

void call_in_threads(void (*function)(void), int threads) {
    pthread_t running[threads];
    for (int i = 0; i < threads; i++) pthread_create(&running[i], NULL, call, (void *)function);
    for (int i = 0; i < threads; i++) pthread_join(running[i], NULL);
}

void allocate_for_ever(void) {
    for (;;) allocate();
}

/* main's state as the system has it: a thread that has ended is a zombie while others run. */
int main_has_ended(void) {
    char text[256] = "", path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
    FILE *file = fopen(path, "r");
    if (!file) return 1;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    char *end = strrchr(text, ')');
    return end && end[2] == 'Z';
}

void end_main(void) {
    pthread_exit(NULL);
}

void exit_now(int code) {
    exit(code);
}
