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

#include "places.h"

enum fil_by {
    FIL_BY_LINE,
    FIL_BY_FUNCTION,
    FIL_BY_FILE,
    FIL_BY_PACKAGE,
    FIL_BY_IMPORT, /* outermost imports; `total`, `allocations` and `untouched` are of all that they
                      brought in */
    FIL_BY_OWN, /* lines of own code, and outermost imports (ownlines.h): each stack once, so that
                   all `self` are the whole */
    FIL_BY_THREAD, /* only `self` */
    FIL_BY_KIND,   /* only `self` */
    FIL_BYS
};

struct fil_row {
    uint32_t key; /* a function's number, a path's, a package's, a thread's or a kind's; 0: no
                     Python stack */
    uint32_t function, line; /* the line; of a function, file or package, the one in it that holds
                                the most by itself */
    int64_t self, total, untouched;
    int64_t total_untouched; /* of `total` */
    uint64_t allocations;
    uint32_t below; /* by own line: the package below it that holds the most of it; 0: it does by
                       itself */
    int64_t old_self, old_total; /* in a difference: what the older profile had */
};

struct fil_answer {
    struct fil_row *rows;
    uint32_t count;
};

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
