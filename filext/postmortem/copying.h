/* SPDX-License-Identifier: Apache-2.0 */
/* Copying a black box whose writer may go on writing: of one moment, as near as that can be had. */
#ifndef FIL_COPYING_H
#define FIL_COPYING_H

#include <stdbool.h>
#include <stdint.h>

#include "../record/totals.h"
#include "blackboxcopy.h"

#define FIL_COPYING_MOST_BYTES ((int64_t)1 << 51) /* more no machine has */

/* Copies all pieces, and the totals. Returns how far the peak moved while the slots were copied, in
 * bytes; -1 when the copy can't be made. `runs`: the writer may go on. */
int64_t fil_copying_all(struct fil_blackboxcopy *copies, struct fil_totals *totals, bool runs);
/* No figure is less than nothing, or what no machine has, but in a damaged file. */
void fil_copying_keep_in_bounds(int64_t *bytes);

#endif
