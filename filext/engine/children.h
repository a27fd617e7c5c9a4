/* SPDX-License-Identifier: Apache-2.0 */
/* Child processes: how many ran during the recording, and how large the largest was.
 *
 * A child is counted when it is made, and its size is known when the process waits for it, or when
 * the snapshot is taken and it is still there. For one that has ended, the system says the most
 * resident memory that it had since its fork, and before an exec that is its parent's memory. So a
 * figure says something of the child only where it is larger than what the parent had then;
 * otherwise it is an upper bound.
 *
 * No lock: a signal handler may wait for children in the middle of anything. A piece of the black
 * box. */
#ifndef FIL_CHILDREN_H
#define FIL_CHILDREN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/snapshot.h"
#include "../platform/os.h"

struct fil_children_kept {
    _Atomic uint32_t count __attribute__((aligned(FIL_OS_PAGE)));
    _Atomic bool has_no_bound; /* of one child nothing is known at all */
    _Atomic uint64_t largest;  /* high 32 bits: pages of the largest child; low 32: those it may
                                  share with the parent */
    _Atomic int64_t most;      /* bytes: no child is known to have had more */
};

/* While the engine is quiescent. */
void fil_children_begin(void);
/* The process has made a child. */
void fil_children_made(void);
/* The process has forked `process_id`, and had `had` bytes of resident memory then. */
void fil_children_forked(int process_id, int64_t had);
/* The process has waited for a child, which, or one of its own, had `most` bytes at most. */
void fil_children_ended(int process_id, int64_t most);
/* The process has waited for a child in a way that does not tell its size. */
void fil_children_ended_unseen(void);
void fil_children_describe(struct fil_children *out);

static inline int64_t fil_children_bytes(uint64_t pages) {
    return (int64_t)((pages & UINT32_MAX) * FIL_OS_PAGE);
}

/* Reads what was kept, with sanity checks, since a file may be damaged. */
static inline void fil_children_read(const struct fil_children_kept *kept,
                                     struct fil_children *out) {
    int64_t most = kept->most;
    *out = (struct fil_children){.count = kept->count};
    out->largest_bytes = fil_children_bytes(kept->largest >> 32);
    out->shared_bytes = fil_children_bytes(kept->largest);
    bool is_sound = most >= out->largest_bytes && most < (int64_t)1 << 51;
    out->most_bytes = is_sound && !kept->has_no_bound ? most : 0;
}

#endif
