/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a recording, in one sentence: why its report is not the program's own. */
#ifndef FIL_SENTENCE_H
#define FIL_SENTENCE_H

#include <stddef.h>

#include "unbox.h"

#define FIL_SENTENCE 600u

/* `ending`: how the process ended, as fil_death_describe; NULL: nobody saw it. False, and "", where the program made its report
 * itself. */
bool fil_sentence_write(const struct fil_unboxed *recording, const char *ending, char sentence[FIL_SENTENCE]);

#endif
