/* SPDX-License-Identifier: Apache-2.0 */
/* The names of Python's threads: read from the Thread object whose start() is about to create the
 * thread. */
#ifndef FIL_THREADNAME_H
#define FIL_THREADNAME_H

#include <stdbool.h>
#include <stddef.h>

/* Before the first recording, with the GIL. */
void fil_threadname_prepare(void);
/* See fil_walker.new_thread_name in recorder.h. Calls Python only where the calling thread holds
 * the GIL, and nothing of the program's. */
bool fil_threadname_of_new(char *name, size_t size);

#endif
