/* SPDX-License-Identifier: Apache-2.0 */
/* The difference of two profiles, of what is in use: what was never touched is in no figure of it,
 * but of a profile of a shortage of memory. One tree in which each node has what it holds now and
 * what it held before, with answers of both.
 *
 * Which line of the old profile is which of the new one is for the caller to say: lines move, files
 * lie elsewhere. */
#ifndef FIL_DIFFERENCE_H
#define FIL_DIFFERENCE_H

#include "kept.h"

/* A line of the old profile, and what it is in the new one. */
struct fil_moved {
    uint32_t old_function, old_line;
    uint32_t
        function;     /* in the new one; UINT32_MAX: it isn't there, and keeps the old one's name */
    const char *file; /* then: its file, by the new one's name */
    uint32_t line;    /* with FIL_LINE_GONE where another line has the number now */
};

/* `moved`: in any order; a line that isn't named stays as it is in the old profile. Of two that are
 * seen at their ends it is the difference of these. NULL without memory. */
struct fil_kept *fil_difference_make(const struct fil_digest *older, const struct fil_digest *newer,
                                     const struct fil_moved *moved, uint32_t count);

#endif
