/* SPDX-License-Identifier: Apache-2.0 */
/* Which process is watched: what death.h and memorywatch.h need to know of it. */
#ifndef FIL_DYING_H
#define FIL_DYING_H

#include <stdint.h>

/* The process whose end is waited for. */
struct fil_dying {
    int process_id;
    int fd; /* fil_process_open's; -1: there is none, and the process is looked at again and again
             */
    int64_t start;   /* fil_process_look's */
    const char *box; /* the path of its black box */
};

#endif
