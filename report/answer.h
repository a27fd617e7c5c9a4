/* SPDX-License-Identifier: Apache-2.0 */
/* One answer: rows of what holds how much (answers.h says what they mean). */
#ifndef FIL_ANSWER_H
#define FIL_ANSWER_H

#include <stdint.h>

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

#endif
