/* SPDX-License-Identifier: Apache-2.0 */
/* The call tree of a snapshot: the engine's nodes, or those in a black box, without the ones that
 * are no frames (calltree.h). What these hold is a part of the stack's above them. */
#ifndef FIL_FROZENTREE_H
#define FIL_FROZENTREE_H

#include <stdbool.h>

#include "../base/snapshot.h"
#include "calltree.h"
#include "counters.h"
#include "ending.h"

/* What each node holds at the end, by its number in the engine. Nodes of `count` or more hold
 * nothing. */
struct fil_end_books {
    uint32_t count;
    const struct fil_ending_node *noted; /* as it was noted; NULL: as it is now */
    const struct fil_held *held;
    const int64_t *untouched;
};

/* What is known of the nodes, by their numbers in the engine. */
struct fil_books {
    uint32_t count; /* at least 1 */
    struct fil_calltree_node (*node)(const void *source, uint32_t number);
    const void *source;
    const struct fil_held *held;
    const int64_t *untouched;        /* bytes that were never touched */
    const struct fil_end_books *end; /* NULL where it isn't known */
};

/* Makes the snapshot's nodes, and the parts of both moments. `frozen` gets for each of the books'
 * nodes its number in the snapshot; a kind's and a thread's is that of the node above. False
 * without memory: what was made goes with the snapshot. */
bool fil_frozentree_make(const struct fil_books *books, struct fil_snapshot *out, uint32_t *frozen);

#endif
