/* SPDX-License-Identifier: Apache-2.0 */
/* A new thread is told the stack that made it: memory of a thread without Python frames counts for
 * that stack. */
#ifndef FIL_NEWTHREAD_H
#define FIL_NEWTHREAD_H

#include <pthread.h>
#include <threads.h>

/* As pthread_create and thrd_create. Without memory for the note the thread is made without it. */
int fil_newthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*routine)(void *),
                         void *argument);
int fil_newthread_create_c11(thrd_t *thread, thrd_start_t routine, void *argument);
void fil_newthread_after_fork(void);

#endif
