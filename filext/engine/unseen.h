/* SPDX-License-Identifier: Apache-2.0 */
/* The unseen: how much may have come into memory of what counts by looking since all of it was
 * last looked at, and whether that could make a new maximum. Looking is dear for a large arena, so
 * before something goes two cheap bounds are asked first:
 *
 *   what isn't in memory yet, as far as is known    ranges' lengths less the pages that are known
 *   what the process's memory has grown by          less the pages seen since, and with as much as
 *                                                   has gone of blocks
 *
 * Guarded by the mappings' lock. */
#ifndef FIL_UNSEEN_H
#define FIL_UNSEEN_H

#include <stdbool.h>
#include <stddef.h>

/* So much of it may go before anything is asked. */
#define FIL_UNSEEN_GOING ((size_t)1 << 20)

/* Everything has been looked at. */
void fil_unseen_none(void);
/* Whether what is there and unseen could make a maximum that is noticeably higher than the peak. */
bool fil_unseen_matters(void);
/* So many counted bytes are about to go; whether with those before it is enough to ask. */
bool fil_unseen_is_time(size_t going);
/* With the engine at rest. */
void fil_unseen_clear(void);

#endif
