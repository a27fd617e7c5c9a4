/* SPDX-License-Identifier: Apache-2.0 */
/* How functions are called in a report.
 *
 *   f.<locals>.A.g.<locals>.<lambda>      f.A.g.<lambda>
 */
#ifndef FIL_NAMES_H
#define FIL_NAMES_H

#include "../filext/base/snapshot.h"
#include "arena.h"

/* The snapshot, with functions of its own that have these names. NULL without memory. */
const struct fil_snapshot *fil_names_shortened(const struct fil_snapshot *snapshot,
                                               struct fil_arena *arena);

#endif
