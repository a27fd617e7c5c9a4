/* SPDX-License-Identifier: Apache-2.0 */
/* Own lines: which line of the reader's own code each stack belongs to.
 *
 *   job.py:3 ─ pandas/io/parsers.py:9 ─ numpy/_core/numeric.py:7    belongs to job.py:3, "in
 * pandas" job.py:1 ─ import pandas ─ pandas/__init__.py:3                 belongs to "import
 * pandas" pool.py:8 (a library's) ─ numpy/_core/numeric.py:7              belongs to pool.py:8
 *
 * A stack belongs to its innermost frame of own code, of the program's package (places.h) only
 * where there is none of other own code. Where an import lies below that frame, it belongs to the
 * import, the outermost of several. Where no frame is own code, the outermost one stands for it. So
 * each byte of the peak is in one row. */
#ifndef FIL_OWNLINES_H
#define FIL_OWNLINES_H

#include "answer.h"
#include "places.h"

/* What the rows are made of. */
struct fil_ownlines {
    const struct fil_tree *tree;
    const struct fil_places *places;
    const struct fil_answer *lines; /* by line, a row each, of which `line_of` tells the number */
    const uint32_t *line_of;        /* by node; 0: no Python stack */
    const int64_t *untouched;       /* by node: of its self bytes */
    bool only_touched;              /* as in fil_answers */
};

/* Fills `answer` with rows that live in the arena, empty ones too; those of lines first, in the
 * order of `lines`, then those of imports. False without memory. */
bool fil_ownlines_answer(const struct fil_ownlines *from, struct fil_answer *answer,
                         struct fil_arena *arena);

#endif
