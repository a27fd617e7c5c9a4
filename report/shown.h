/* SPDX-License-Identifier: Apache-2.0 */
/* What a JSON shows of a digest: all of it, or what a page has room for. The one home of "cut until
 * it fits". */
#ifndef FIL_SHOWN_H
#define FIL_SHOWN_H

#include "digest.h"

/* What is shown of the end, beside what the peak shows. */
struct fil_shown_end {
    const struct fil_tree *inverted; /* as in fil_shown */
    struct fil_answer rows[FIL_BYS];
};

/* How much of whole files of own code is shown. */
enum fil_texts { FIL_TEXTS_WHOLE, FIL_TEXTS_NEAR, FIL_TEXTS_NONE };

struct fil_shown {
    const struct fil_digest *digest; /* of a profile as seen at its peak, with the end in it */
    const struct fil_tree *tree;     /* the whole tree, or its largest nodes, in use */
    const struct fil_tree *inverted; /* from the allocation outwards, made of the whole tree; NULL
                                        where the tree is whole */
    uint32_t cut_nodes;              /* so many nodes of `tree` are missing, */
    int64_t cut_below;               /* each of less than so many bytes */
    struct fil_answer rows[FIL_BYS];
    struct fil_shown_end end;              /* where the digest has one */
    const struct fil_source_line *sources; /* the lines that rows by line name */
    uint32_t source_count;
    const struct fil_passage *passages; /* whole files, or parts of them */
    uint32_t passage_count;
    uint32_t periods; /* of the timeline, at most */
};

/* All of it. */
void fil_shown_whole(struct fil_shown *shown, const struct fil_digest *digest);
/* At most so many nodes, and so many rows of each answer: the largest; so much of texts. False
 * without memory. */
struct fil_most {
    uint32_t nodes, rows;
    enum fil_texts texts;
};
bool fil_shown_cut(struct fil_shown *shown, const struct fil_digest *digest, struct fil_most most,
                   struct fil_arena *arena);

#endif
