/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence about child processes, whose memory isn't in any figure else. */
#ifndef FIL_REPORT_CHILDREN_H
#define FIL_REPORT_CHILDREN_H

#include <stdbool.h>

#include "../filext/base/snapshot.h"
#include "buffer.h"

/* Appends the sentence, without an end of the line; nothing where no child ran. */
void fil_children_write(const struct fil_children *children, struct fil_buffer *buffer);
/* Whether one is known to be so large that the sentence stands right behind the peak: 50 MiB, or a
 * tenth of the peak. Else it stands at the end. */
bool fil_children_are_large(const struct fil_children *children, int64_t peak_bytes);

#endif
