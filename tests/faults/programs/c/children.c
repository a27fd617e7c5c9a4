/* SPDX-License-Identifier: Apache-2.0 */
/* Children made in C, which allocate. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocate.h"

void allocate_at_fork(void) {
    pthread_atfork(allocate, allocate, allocate);
}

static void *allocate_in_thread(void *nothing) {
    allocate();
    return nothing;
}

/* The child's exit code, which has made threads; 0 is right. */
static void *fork_here(void *nothing) {
    (void)nothing;
    int status = 0;
    pid_t child = fork();
    if (!child) {
        pthread_t threads[4];
        allocate();
        for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, allocate_in_thread, NULL);
        for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return (void *)(intptr_t)status;
}

int fork_in_thread(void) {
    pthread_t thread;
    void *status;
    pthread_create(&thread, NULL, fork_here, NULL);
    pthread_join(thread, &status);
    return (int)(intptr_t)status;
}

int vfork_and_allocate(void) {
    int status = 1;
    pid_t child = vfork();
    if (!child) {
        allocate();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return status;
}

void vfork_and_exec(const char *program, const char *option, const char *code) {
    pid_t child = vfork();
    if (!child) {
        allocate();
        execl(program, program, option, code, NULL);
        _exit(1);
    }
    waitpid(child, NULL, 0);
}
