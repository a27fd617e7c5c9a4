/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers that run at any moment, on small stacks, and allocate where that is allowed: the signals
 * are raised in between. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SMALL 8192

static atomic_int handled;

static void allocate(void) {
    for (size_t bytes = 1; bytes < 4000000; bytes *= 5) {
        char *block = malloc(bytes);
        memset(block, 1, bytes < 5000 ? bytes : 5000);
        free(realloc(block, bytes * 2));
    }
    munmap(mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
           1 << 20);
}

static void on_signal(int number) {
    (void)number;
    allocate();
    handled++;
}

static void *handle(int times, int number) {
    stack_t stack = {.ss_sp = malloc(SMALL), .ss_size = SMALL};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    sigaltstack(&stack, NULL);
    sigaction(number, &action, NULL);
    for (int i = 0; i < times; i++) {
        raise(number);
        allocate();
    }
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
    free(stack.ss_sp);
    return NULL;
}

int handle_on_a_small_stack(int times, int number) {
    handled = 0;
    handle(times, number);
    return handled;
}

static struct {
    int times, number;
} order;

static void *handle_ordered(void *nothing) {
    (void)nothing;
    return handle(order.times, order.number);
}

int handle_in_a_thread(int times, int number) {
    pthread_t thread;
    order.times = times;
    order.number = number;
    handled = 0;
    pthread_create(&thread, NULL, handle_ordered, NULL);
    pthread_join(thread, NULL);
    return handled;
}

static sigjmp_buf back;

static void jump_back(int number) {
    (void)number;
    siglongjmp(back, 1);
}

int survive_faults(int times) {
    struct sigaction action = {.sa_handler = jump_back}, before;
    volatile int survived = 0;
    sigaction(SIGSEGV, &action, &before);
    char *pages = mmap(NULL, 1 << 16, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (volatile int i = 0; i < times; i++) {
        allocate();
        if (sigsetjmp(back, 1)) survived++;
        else *(volatile char *)pages = 1;
    }
    munmap(pages, 1 << 16);
    sigaction(SIGSEGV, &before, NULL);
    return survived;
}

static void say_abort(int number) {
    (void)number;
    if (write(STDOUT_FILENO, "handled\n", 8) < 0) _exit(99);
}

void say_at_abort(void) {
    signal(SIGABRT, say_abort);
}

static atomic_int expected, in_order;

static void on_queued(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    if (info->si_value.sival_int == expected && info->si_code == SI_QUEUE &&
        info->si_pid == getpid())
        in_order++;
    expected++;
}

int queue_signals(int count) {
    struct sigaction action = {.sa_sigaction = on_queued, .sa_flags = SA_SIGINFO};
    sigset_t one;
    sigaction(SIGRTMIN + 3, &action, NULL);
    sigemptyset(&one);
    sigaddset(&one, SIGRTMIN + 3);
    pthread_sigmask(SIG_BLOCK, &one, NULL);
    for (int i = 0; i < count; i++) {
        sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = i});
        allocate();
    }
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    return in_order;
}

/* How many of `count` times a timer of the kernel was seen to have fired, by a signal and by a
 * descriptor. */
int use_timers(int count) {
    struct itimerspec every = {{0, 1000000}, {0, 1000000}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 4};
    timer_t timer;
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), seen = 0, caught;
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGRTMIN + 4);
    pthread_sigmask(SIG_BLOCK, &one, NULL);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &every, NULL);
    timerfd_settime(fd, 0, &every, NULL);
    for (int i = 0; i < count; i++) {
        uint64_t fired = 0;
        allocate();
        sigwait(&one, &caught);
        seen +=
            caught == SIGRTMIN + 4 && read(fd, &fired, sizeof fired) == sizeof fired && fired > 0;
    }
    timer_delete(timer);
    /* It may have fired once more since: what is pending then would differ from run to run. */
    sigtimedwait(&one, NULL, &(struct timespec){0, 0});
    close(fd);
    return seen;
}

static atomic_int thread_fired;

static void fire(union sigval nothing) {
    (void)nothing;
    allocate();
    thread_fired = 1;
}

int use_thread_timer(void) {
    struct itimerspec once = {{0, 0}, {0, 1000000}};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = fire};
    timer_t timer;
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &once, NULL);
    while (!thread_fired) usleep(1000);
    timer_delete(timer);
    return thread_fired;
}

static void count_signal(int number) {
    (void)number;
    handled++;
}

void count_signals(int number) {
    struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};
    handled = 0;
    sigaction(number, &action, NULL);
}

int counted(void) {
    return handled;
}
