/* SPDX-License-Identifier: Apache-2.0 */
/* What lives at the program's end, noted when the interpreter is about to go: the recording goes on
 * until the process ends, when all that the program's variables held is gone.
 *
 * The note is a piece of the black box: a reader of a process that died after it finds it there.
 * Quiescent engine; a recording has at most one note, the first. */
#ifndef FIL_ENDING_H
#define FIL_ENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "measured.h"

struct fil_ending_node {
    int64_t bytes, untouched;
};

struct fil_ending {
    int64_t is_whole; /* 1, written last: a process may die before */
    int64_t bytes;    /* the total */
    uint64_t count;   /* of the nodes, by the engine's numbers; later ones held nothing */
    struct fil_ending_node nodes[];
};

/* Makes the note, of what lives now and of what of it libraries reserved and never touched. Without
 * memory there is none. */
void fil_ending_note(const struct fil_measured *now);
/* NULL: there is none. */
const struct fil_ending *fil_ending_noted(void);
void fil_ending_clear(void);

#endif
