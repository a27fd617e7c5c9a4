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
    bool ended;        /* a zombie: its end wasn't waited for yet */
    bool is_copy;      /* it was forked and made no exec since */
    int64_t worked;    /* CPU time in the system's ticks */
    int64_t now, most; /* resident bytes: now, 0 when it has ended; and the most it ever had */
};

/* Calls `visit` for each child. False when the system has no list of children. */
bool fil_children_visit(void (*visit)(const struct fil_child *child, void *context), void *context);
/* Returns the most that one child had, or a child of one, among those whose end was waited for. The
 * system includes what a child had before its exec, which is its parent's memory. */
int64_t fil_children_waited_most(void);
/* Resident bytes of the calling process: the most that it ever had; and now. */
int64_t fil_children_parent_most(void);
int64_t fil_children_parent_now(void);

#endif
