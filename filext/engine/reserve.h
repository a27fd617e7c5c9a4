/* SPDX-License-Identifier: Apache-2.0 */
/* Address space set aside for the report of a shortage, so that it can be written under RLIMIT_AS. It takes no memory until the
 * report does, and grows with the call tree: what a report needs is so much for each node (docs/architecture.md, section 12).
 *
 * A lock of its own, under which nothing else is called but own.h. Where the system has no more the reserve stays smaller. */
#ifndef FIL_RESERVE_H
#define FIL_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

/* Sets it aside from now on, or gives it back for good. */
void fil_reserve_keep(bool wanted);
/* The call tree has room for so many nodes now. */
void fil_reserve_grow(uint32_t nodes);
/* Gives it back until fil_reserve_renew: somebody writes a report. */
void fil_reserve_use(void);
/* Sets aside what is wanted and missing. */
void fil_reserve_renew(void);
void fil_reserve_after_fork(void);

#endif
