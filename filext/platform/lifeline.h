/* SPDX-License-Identifier: Apache-2.0 */
/* A lifeline: shared memory by which another process learns that a thread is dying while the system
 * still knows how, before the process's memory is taken down and its parent is told. */
#ifndef FIL_LIFELINE_H
#define FIL_LIFELINE_H

#include <pthread.h>
#include <stdbool.h>

struct fil_lifeline {
    /* robust: when its holder dies the kernel marks it and wakes a waiting thread */
    pthread_mutex_t mutex;
};

/* The calling thread holds it from now on, until its end, or until the process makes an exec. */
void fil_lifeline_hold(struct fil_lifeline *lifeline);
/* Waits until the thread that holds it has begun to die; returns at once when no thread holds it.
 */
void fil_lifeline_wait(struct fil_lifeline *lifeline);

#endif
