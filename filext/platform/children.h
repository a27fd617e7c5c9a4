/* SPDX-License-Identifier: Apache-2.0 */
/* The calling process's children, as the system describes them. One implementation per system:
 * children_linux.c.
 *
 * No function here allocates through malloc, takes a lock, changes errno or ends a zombie; all may
 * be called from hooks and signal handlers. Sizes are bytes of resident memory. */
#ifndef FIL_PLATFORM_CHILDREN_H
#define FIL_PLATFORM_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>

struct fil_child {
    int process_id;
    int64_t start;     /* as of struct fil_process */
    bool ended;        /* nobody has waited for it yet */
    bool is_copy;      /* it was forked, and has not become another program since */
    int64_t worked;    /* in the system's ticks */
    int64_t now, most; /* what it has, 0 when it has ended, and the most it ever had */
};

/* Calls `visit` for each child. False when the system does not tell which there are. */
bool fil_children_visit(void (*visit)(const struct fil_child *child, void *context), void *context);
/* The most that one of the children had for which somebody has waited, or one of theirs. The system
 * counts what a child had before it became another program, too: the memory of its parent. */
int64_t fil_children_waited_most(void);
/* The most that the calling process ever had; what it has. */
int64_t fil_children_parent_most(void);
int64_t fil_children_parent_now(void);

#endif
