/* SPDX-License-Identifier: Apache-2.0 */
/* The answers: what each line, function, file, package, import, thread and kind of memory holds.
 *
 *   job.py:3 ─ lib.py:7 (5 bytes)         line      self  total
 *            └ lib.py:9 (2 bytes)         job.py:3     0      7
 *                                         lib.py:7     5      5
 *
 * They are computed once, from the whole tree, before anything is cut; all that people read
 * shows these figures. `self` is what stacks hold that end there; an import node's own bytes are
 * the importing line's (imports.h). `total` is what passes through, each stack once. Rows stand
 * in falling order of `self`, then `total`; in a difference in falling order of the change of
 * `self`. What was never touched counts for nothing in the order: it took no memory. They live in
 * the arena that they are made in. */
#ifndef FIL_ANSWERS_H
#define FIL_ANSWERS_H

#include "answer.h"
#include "places.h"

struct fil_answers {
    struct fil_answer by[FIL_BYS];
    const struct fil_places *places;
    bool only_touched;   /* people are told what is in use; not so where memory ran out: what was
                            asked for */
    bool says_untouched; /* so much was never touched that people are told so, beside what is in use
                          */
};

/* The names of enum fil_by: "line", "function", ... */
extern const char *const fil_by_names[FIL_BYS];
/* "line" => FIL_BY_LINE; false for an unknown name. */
bool fil_by_of(const char *name, enum fil_by *by);

/* What the row has in use by itself, as people are told: without what was never touched. */
static inline int64_t fil_answers_held(const struct fil_answers *answers,
                                       const struct fil_row *row) {
    return answers->only_touched ? row->self - row->untouched : row->self;
}

/* What passes through the row, likewise. */
static inline int64_t fil_answers_through(const struct fil_answers *answers,
                                          const struct fil_row *row) {
    return answers->only_touched ? row->total - row->total_untouched : row->total;
}

/* The name of a row's key, of a function's "". */
const char *fil_answers_name(const struct fil_answers *answers, const struct fil_tree *tree,
                             const struct fil_report *report, enum fil_by by, uint32_t key);

/* NULL without memory. */
const struct fil_answers *fil_answers_of(const struct fil_report *report,
                                         const struct fil_tree *tree, struct fil_arena *arena);

#endif
