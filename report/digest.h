/* SPDX-License-Identifier: Apache-2.0 */
/* What all writers draw from, made once for a report: its clean tree, and the answers of the whole of it. */
#ifndef FIL_DIGEST_H
#define FIL_DIGEST_H

#include "answers.h"

struct fil_digest {
    const struct fil_report *report;
    const struct fil_tree *tree;    /* with import nodes */
    const struct fil_tree *spliced; /* without them: what they hold is the importing lines' */
    const struct fil_answers *answers;
};

/* Makes it, in the arena, of a report or, with `tree`, of a tree that was made already. False without memory. */
bool fil_digest_make(struct fil_digest *digest, const struct fil_report *report, const struct fil_tree *tree,
                     struct fil_arena *arena);

#endif
