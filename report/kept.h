/* SPDX-License-Identifier: Apache-2.0 */
/* A kept profile: one immutable value in memory of its own, with its clean tree and its answers. It
 * outlives the recording, the file or the text that it was made of. Read by any thread. */
#ifndef FIL_KEPT_H
#define FIL_KEPT_H

#include "digest.h"

struct fil_kept {
    struct fil_arena *arena; /* holds all of it, this struct too */
    struct fil_snapshot snapshot;
    struct fil_report report;
    struct fil_digest digest;
};

/* Keeps a report; with `tree`, which the arena of something else holds, in place of the report's
 * own. NULL without memory. Release it. */
struct fil_kept *fil_kept_make(const struct fil_report *report, const struct fil_tree *tree);
void fil_kept_free(struct fil_kept *kept);

#endif
