/* SPDX-License-Identifier: Apache-2.0 */
/* Running out of memory, seen before it happens. A shortage is a request that the system refuses; a
 * request of 1 MiB or more that would leave less than the threshold available; or memory that grew
 * in small pieces until less is available, or until the process has more swapped out than is
 * available.
 *
 *   threshold = max(100 MB, min(2 % of the total, 1 GB))
 *
 * Available memory is read again once requests exceed 1 % of the last reading. The recording's
 * owner decides what a shortage leads to. No lock; any thread may call any function outside a
 * section. */
#ifndef FIL_ENGINE_SHORTAGE_H
#define FIL_ENGINE_SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/shortage.h"

/* Watches available memory from now on; NULL: no longer. Returns false when a file that `reason`
 * names can't be read, and so not all can be watched: a control group's limit is left out; or,
 * without the machine's own figures, only refused requests are reported. */
bool fil_shortage_watch(fil_on_shortage told, char reason[FIL_LIMIT_TEXT]);
bool fil_shortage_watches(void);
/* Before a request of FIL_LARGE_BLOCK or more. True: refuse it. */
bool fil_shortage_refuses(size_t bytes, bool by_allocator);
/* After a request that the system refused. */
void fil_shortage_failed(size_t bytes);
/* When the total has grown by as many bytes as fil_shortage_step returns. */
void fil_shortage_grown(void);
/* When the watching process saw that memory is short. In a signal handler of a thread that is in no
 * hook, so malloc isn't asked to give its free memory back first. */
void fil_shortage_used_up(void);
int64_t fil_shortage_step(void);

#endif
