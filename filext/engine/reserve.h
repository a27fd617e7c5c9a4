/* SPDX-License-Identifier: Apache-2.0 */
/* Address space set aside for the report of a shortage, so that it can be written under RLIMIT_AS.
 * The reserve takes no memory, only address space, and grows with the call tree, because a report
 * needs so many bytes for each node (docs/design/shortage.md). Where the system has no
 * more the reserve stays smaller.
 *
 * A lock of its own, under which only own.h is called. */
#ifndef FIL_RESERVE_H
#define FIL_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

/* Keeps a reserve from now on, or releases it for good. */
void fil_reserve_keep(bool wanted);
/* The call tree has room for so many nodes now. */
void fil_reserve_grow(uint32_t nodes);
/* Releases it until fil_reserve_renew: a report is about to be written. */
void fil_reserve_use(void);
/* Fills it up again. */
void fil_reserve_renew(void);
void fil_reserve_after_fork(void);

#endif
