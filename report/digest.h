/* SPDX-License-Identifier: Apache-2.0 */
/* What all writers draw from, made once for a report: its clean tree, and the answers of the whole
 * of it. */
#ifndef FIL_DIGEST_H
#define FIL_DIGEST_H

#include "answers.h"

struct fil_digest {
    const struct fil_report *report;
    const struct fil_tree *tree; /* with import nodes, and with what only the other moment has */
    const struct fil_tree *held; /* what holds something at this moment, and nothing of the other */
    const struct fil_tree
        *spliced; /* that without import nodes: what they hold is the importing lines' */
    const struct fil_answers *answers;
    struct fil_digest
        *end; /* the same as seen at its end; NULL where that isn't known, and in that itself */
    const struct fil_digest
        *whole; /* of one that is seen at the end: what it is the end of; else NULL */
};

/* Makes it, in the arena, of a report or, with `tree`, of a tree that was made already; its end
 * without `held` and `spliced`, which only what is drawn of the end needs. False without memory. */
bool fil_digest_make(struct fil_digest *digest, const struct fil_report *report,
                     const struct fil_tree *tree, struct fil_arena *arena);

/* Makes what is missing of the end, where there is one. False without memory. */
bool fil_digest_complete_end(struct fil_digest *digest, struct fil_arena *arena);

/* One of the digest's trees with what people read: what is in use; where memory ran out, the tree
 * itself, with what was asked for. NULL without memory. */
const struct fil_tree *fil_digest_in_use(const struct fil_digest *digest,
                                         const struct fil_tree *tree, struct fil_arena *arena);

#endif
