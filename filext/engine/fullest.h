/* SPDX-License-Identifier: Apache-2.0 */
/* The fullest moment: when resident memory was largest, as far as was seen; the tracked total then,
 * and the files that were mapped.
 *
 *   resident   ▁▂▃▃▆▆█▅▅▂    read when a maximum ends, when a large block or a mapped file goes,
 *                    │       when the timeline is noted, and at the end
 *                    └─ files: each mapping of that moment, read then, or when it is unmapped, or
 *                       at the end
 *
 * A page of a file that becomes resident is no event. So the resident bytes of a file are those
 * found when its mapping was first read after that moment, and all files together have no more than
 * the pages of files at that moment. Reading takes at most half a hundredth of the time.
 *
 * The struct has pages of its own, which the black box takes in. A lock of its own, under which at
 * most the mappings are read and no other lock is waited for. */
#ifndef FIL_FULLEST_H
#define FIL_FULLEST_H

#include <stdbool.h>
#include <stdint.h>

#include "../record/totals.h"
#include "ranges.h"

#define FIL_FULLEST_FILES 30u /* the largest files are listed */
#define FIL_FULLEST_PATH 1024u
#define FIL_FULLEST_LEAST ((size_t)1 << 20) /* bytes: smaller mappings are passed over */

struct fil_fullest_file {
    int64_t mapped, resident; /* bytes */
    uint32_t node, serial;    /* as in fil_range */
    char path[FIL_FULLEST_PATH];
};

struct fil_fullest {
    struct fil_peak_sample sample;
    int64_t shared;  /* bytes of sample.files that are shared memory, not a file's */
    int64_t tracked; /* the total then, bytes */
    int64_t ns;      /* since the start */
    uint32_t serial; /* of the newest mapping then */
    uint32_t count;  /* of `files` */
    struct fil_fullest_file files[FIL_FULLEST_FILES];
} __attribute__((aligned(FIL_OS_PAGE)));

/* Whether a look is due: the allowed time isn't used up. */
bool fil_fullest_is_due(void);
/* Keeps the moment if it is fuller than all before. `in_any_case`: however little the difference
 * is. */
void fil_fullest_consider(struct fil_peak_sample now, int64_t tracked, bool in_any_case);
/* Whether the range is a file's and reading it is due: files have an allowance of time of their
 * own. */
bool fil_fullest_may_read(const struct fil_range *range);
/* A mapping of a file, of FIL_FULLEST_LEAST bytes or more, or such a part of it is about to be
 * unmapped: if it `may_read` it, reads what can be read for the last time. Under the mappings'
 * lock. */
void fil_fullest_going(const struct fil_range *range, bool may_read);
/* Reads every file that is still mapped, and returns the moment. While the engine is quiescent;
 * valid until it goes on. */
const struct fil_fullest *fil_fullest_complete(void);
void fil_fullest_clear(void);
/* Puts it into the black box. Quiescent engine. */
void fil_fullest_keep(void);
void fil_fullest_after_fork(void);

#ifdef FIL_DEBUG
bool fil_fullest_is_valid(void); /* debug.h */
#endif

#endif
