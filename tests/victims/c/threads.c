/* SPDX-License-Identifier: Apache-2.0 */
/* C threads: some create others, some outlive the call that made them, some allocate while they
 * end. Nothing here is freed but what says so. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <unistd.h>

static void *touched(size_t bytes) {
    void *block = malloc(bytes);
    memset(block, 1, bytes < 4096 ? bytes : 4096);
    return block;
}

void *keep_here(size_t bytes) {
    return touched(bytes);
}

/* Every level allocates `bytes`, makes the next level and waits for it. */
struct level {
    int left;
    size_t bytes;
};

static void *nested(void *argument) {
    struct level here = *(struct level *)argument;
    touched(here.bytes);
    if (--here.left > 0) {
        pthread_t next;
        pthread_create(&next, NULL, nested, &here);
        pthread_join(next, NULL);
    }
    touched(here.bytes); /* also after its child has ended */
    return NULL;
}

void nest(int levels, size_t bytes) {
    struct level first = {levels, bytes};
    pthread_t thread;
    pthread_create(&thread, NULL, nested, &first);
    pthread_join(thread, NULL);
}

static int standard(void *bytes) {
    return touched((size_t)bytes) == NULL;
}

/* C11's threads. */
int keep_in_c11_thread(size_t bytes) {
    thrd_t thread;
    int result = -1;
    if (thrd_create(&thread, standard, (void *)bytes) == thrd_success) thrd_join(thread, &result);
    return result;
}

/* A thread that waits for orders: the function that made it has returned by then. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t order, done;
} post = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void *serve(void *nothing) {
    pthread_mutex_lock(&post.mutex);
    for (;;) {
        while (!post.order) pthread_cond_wait(&post.changed, &post.mutex);
        touched(post.order);
        post.done += post.order;
        post.order = 0;
        pthread_cond_broadcast(&post.changed);
    }
    return nothing;
}

void start_server(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, serve, NULL);
    pthread_detach(thread);
}

void order(size_t bytes) {
    pthread_mutex_lock(&post.mutex);
    post.order = bytes;
    pthread_cond_broadcast(&post.changed);
    while (post.order) pthread_cond_wait(&post.changed, &post.mutex);
    pthread_mutex_unlock(&post.mutex);
}

/* Allocates once Python has ended: an atexit handler waits for it, whom main's end runs. */
static pthread_t late_thread;
static atomic_int ending;

static void *late(void *bytes) {
    while (!ending) usleep(1000);
    return touched((size_t)bytes);
}

static void end_late(void) {
    ending = 1;
    pthread_join(late_thread, NULL);
}

void start_late(size_t bytes) {
    pthread_create(&late_thread, NULL, late, (void *)bytes);
    atexit(end_late);
}

/* What a thread's keys hold is destroyed when it ends; the destructor allocates, and sets its key
 * again, twice. */
static pthread_key_t key;
static size_t at_end;

static void destroy(void *rounds) {
    touched(at_end);
    if ((intptr_t)rounds > 1) pthread_setspecific(key, (void *)((intptr_t)rounds - 1));
}

static void *with_key(void *nothing) {
    pthread_setspecific(key, (void *)3);
    return nothing;
}

void end_with_destructors(size_t bytes) {
    pthread_t thread;
    at_end = bytes;
    pthread_key_create(&key, destroy);
    pthread_create(&thread, NULL, with_key, NULL);
    pthread_join(thread, NULL);
}

/* Sets the key in the calling thread, whose end destroys it. */
void mark_this_thread(size_t bytes) {
    at_end = bytes;
    if (!key) pthread_key_create(&key, destroy);
    pthread_setspecific(key, (void *)1);
}

/* One thread allocates, another reallocates, a third frees. */
static void *allocate_for_others(void *bytes) {
    return touched((size_t)bytes);
}

static void *grow_for_others(void *block) {
    return realloc(block, 9000000);
}

static void *free_for_others(void *block) {
    free(block);
    return NULL;
}

static void *in_thread(void *(*routine)(void *), void *argument) {
    pthread_t thread;
    void *result;
    pthread_create(&thread, NULL, routine, argument);
    pthread_join(thread, &result);
    return result;
}

void *pass_around(size_t bytes, int times) {
    void *block = NULL;
    for (int i = 0; i < times; i++) {
        in_thread(free_for_others, block);
        block = in_thread(grow_for_others, in_thread(allocate_for_others, (void *)bytes));
    }
    return block;
}

/* Many threads side by side, each making and freeing small blocks, each keeping `bytes` at its end.
 */
static void *churn(void *bytes) {
    void *blocks[64] = {0};
    for (unsigned i = 0; i < 20000; i++) {
        free(blocks[i % 64]);
        blocks[i % 64] = malloc(i * 37 % 2000);
    }
    for (int i = 0; i < 64; i++) free(blocks[i]);
    return touched((size_t)bytes);
}

void side_by_side(int threads, size_t bytes) {
    pthread_t running[threads];
    for (int i = 0; i < threads; i++) pthread_create(&running[i], NULL, churn, (void *)bytes);
    for (int i = 0; i < threads; i++) pthread_join(running[i], NULL);
}

/* A thread that is in C code while Python ends, busy all the time: it keeps `bytes` once it is told
 * that the end has come. */
static atomic_int ended, kept_at_end;

void work_to_the_end(size_t bytes) {
    while (!ended) free(touched(100 + (size_t)rand() % 1000));
    touched(bytes);
    kept_at_end++;
    for (;;) free(touched(100 + (size_t)rand() % 1000));
}

/* Writes over what was freed lately, so that each later read of it is noticed, and lets
 * `threads` threads keep theirs. */
void tell_the_end(int threads) {
    for (size_t bytes = 100; bytes < 3000; bytes += 8) {
        void *blocks[20];
        for (int i = 0; i < 20; i++) blocks[i] = memset(malloc(bytes), 0xEE, bytes);
        for (int i = 0; i < 20; i++) free(blocks[i]);
    }
    usleep(20000);
    ended = 1;
    while (kept_at_end < threads) usleep(1000);
}

/* What a program can see of its threads: results, ends of every kind, refusals. */
static void *give_back(void *argument) {
    return argument;
}

static void *exit_early(void *argument) {
    pthread_exit(argument);
}

static void *wait_for_cancel(void *nothing) {
    for (;;) pause();
    return nothing;
}

void say_threads(void) {
    pthread_t thread;
    pthread_attr_t attributes;
    void *result;
    int marker;
    result = in_thread(give_back, &marker);
    printf("returned: %s\n", result == &marker ? "its own" : "wrong");
    result = in_thread(exit_early, &marker);
    printf("exited: %s\n", result == &marker ? "its own" : "wrong");
    pthread_create(&thread, NULL, wait_for_cancel, NULL);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("cancelled: %s\n", result == PTHREAD_CANCELED ? "yes" : "no");
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)1 << 46);
    for (int i = 0; i < 100; i++) marker = pthread_create(&thread, &attributes, give_back, NULL);
    printf("a stack of 64 TiB: %d\n", marker);
    pthread_attr_setstacksize(&attributes, 16384);
    marker = pthread_create(&thread, &attributes, give_back, NULL);
    printf("the smallest stack: %d, %d\n", marker, pthread_join(thread, NULL));
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    printf("detached: %d\n", pthread_create(&thread, &attributes, give_back, NULL));
    pthread_attr_destroy(&attributes);
    fflush(stdout);
}

static void *raise_signal(void *number) {
    raise((int)(intptr_t)number);
    return NULL;
}

/* The signal's handler runs on as small a stack as a thread can have. */
void raise_on_the_smallest_stack(int number) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 16384);
    pthread_create(&thread, &attributes, raise_signal, (void *)(intptr_t)number);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

/* A callback into Python from a thread that Python doesn't know. */
static void *call(void *function) {
    ((void (*)(void))function)();
    return NULL;
}

void call_in_thread(void (*function)(void)) {
    in_thread(call, (void *)function);
}
