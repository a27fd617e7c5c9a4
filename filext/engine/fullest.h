/* SPDX-License-Identifier: Apache-2.0 */
/* The fullest moment: when resident memory was largest, as far as was seen; what was tracked then,
 * and which files were mapped.
 *
 *   resident   ▁▂▃▃▆▆█▅▅▂    looked at when a maximum ends, when something large or a mapped file
 *                    │       goes, as the timeline is noted, and at the end
 *                    └─ files: each mapping of that moment, looked at then, when it goes, or at
 *                              the end
 *
 * A page of a file that comes into memory is no event. So what is in memory of a mapping is what was
 * there when it was first seen after that moment, and the files together have no more than all pages
 * of files had at it. Looks take half a hundredth of the time at most.
 *
 * In pages of their own, which the black box takes in. Own lock, held for a look at the mappings at
 * most, under which nothing is waited for. */
#ifndef FIL_FULLEST_H
#define FIL_FULLEST_H

#include <stdbool.h>
#include <stdint.h>

#include "ranges.h"
#include "totals.h"

#define FIL_FULLEST_FILES 30u /* the largest of them */
#define FIL_FULLEST_PATH 1024u
#define FIL_FULLEST_LEAST ((size_t)1 << 20) /* bytes: smaller mappings are passed over */

struct fil_fullest_file {
    int64_t mapped, resident;
    uint32_t node, serial; /* as in the range */
    char path[FIL_FULLEST_PATH];
};

struct fil_fullest {
    struct fil_peak_sample sample;
    int64_t shared;  /* of sample.files: shared memory, which is no file's */
    int64_t tracked; /* the total then */
    int64_t ns;      /* since the start */
    uint32_t serial; /* the newest mapping then */
    uint32_t count;
    struct fil_fullest_file files[FIL_FULLEST_FILES];
} __attribute__((aligned(FIL_OS_PAGE)));

/* Whether the time for looks isn't used up. */
bool fil_fullest_is_due(void);
/* A look found this; it is kept if nothing fuller was seen. `in_any_case`: however little the
 * difference is. */
void fil_fullest_consider(struct fil_peak_sample now, int64_t tracked, bool in_any_case);
/* A mapping is about to go, or a part of it: looks at what that may be the last chance for. Under
 * the mappings' lock. */
void fil_fullest_going(const struct fil_range *range);
/* The same of every file that is mapped still. With the engine at rest; valid until it goes on. */
const struct fil_fullest *fil_fullest_complete(void);
void fil_fullest_clear(void);
/* Puts it into the black box. Engine at rest. */
void fil_fullest_keep(void);
void fil_fullest_after_fork(void);

#ifdef FIL_DEBUG
bool fil_fullest_is_valid(void); /* debug.h */
#endif

#endif
