/* SPDX-License-Identifier: Apache-2.0 */
/* The fullest moment as a snapshot tells of it: the engine's own (fullest.h), or that in a black
 * box. */
#ifndef FIL_FROZENFULLEST_H
#define FIL_FROZENFULLEST_H

#include "../base/snapshot.h"
#include "fullest.h"

/* The figures. `no_files` of the pages of files were there before the recording, or are the
 * profiler's. */
struct fil_resident_most fil_frozenfullest_figures(const struct fil_fullest *fullest,
                                                   int64_t no_files);
/* Adds the files to the snapshot's, where there is room for all; but for those of a path that is
 * there already. `frozen` says where in the snapshot each of the `count` nodes is. Their paths stay
 * in `*fullest`. */
void fil_frozenfullest_add_files(const struct fil_fullest *fullest, const uint32_t *frozen,
                                 uint32_t count, struct fil_snapshot *out);

#endif
