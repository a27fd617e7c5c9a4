/* SPDX-License-Identifier: Apache-2.0 */
/* The names of Python's threads: read from the Thread object whose start() is about to create the
 * thread. */
#ifndef FIL_NEWTHREADNAME_H
#define FIL_NEWTHREADNAME_H

#include <stdbool.h>
#include <stddef.h>

/* Before the first recording, with the GIL. */
void fil_newthreadname_prepare(void);
/* See fil_walker.new_thread_name in recorder.h. Calls Python only where the calling thread holds
 * the GIL, and nothing of the program's. */
bool fil_newthreadname_read(char *name, size_t size);

#endif
