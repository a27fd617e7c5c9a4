/* SPDX-License-Identifier: Apache-2.0 */
/* Passages: the source of own code as it stands in its files, with indentation and all lines, for
 * the page's source view.
 *
 *   job.py      [1, "import numpy\n\ndef load():\n\treturn …"]        a whole file
 *   tables.py   [95, "…"] [310, "…"]                                 the lines near named ones
 *
 * A file of at most FIL_PASSAGE_FILE bytes is whole as far as FIL_PASSAGES_ALL goes, the files
 * whose code holds the most first; of others there are the lines that frames name, with
 * FIL_PASSAGE_CONTEXT lines around each, as far as that goes. Libraries' files have none. The
 * passages of a file stand together, in the order of their lines. */
#ifndef FIL_PASSAGES_H
#define FIL_PASSAGES_H

#include "facts.h"

#define FIL_PASSAGE_FILE (256u << 10) /* bytes, of clean text */
#define FIL_PASSAGES_ALL (512u << 10)
#define FIL_PASSAGE_CONTEXT 5u /* lines */

struct fil_arena;

/* Fills report->passages. report->sources is there; `first` says of each function which is the
 * first one of its file. */
void fil_passages_read(struct fil_report *report, const uint32_t *first, struct fil_arena *scratch);
/* Adds a text that stands in no file, unless there is one of this name; report->passages has room
 * for it. */
void fil_passages_take(struct fil_report *report, const char *file, const char *text, size_t size);
/* Of the report's passages the lines near named ones, in the arena; `*count` of them. NULL without
 * memory. */
struct fil_passage *fil_passages_near(const struct fil_report *report, struct fil_arena *arena,
                                      uint32_t *count);

#endif
