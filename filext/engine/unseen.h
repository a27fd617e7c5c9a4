/* SPDX-License-Identifier: Apache-2.0 */
/* The unseen: how many bytes may have become resident, in ranges that count by residency, since all
 * of them were read, and whether these could make a new maximum. Reading a large arena is
 * expensive, so two cheap bounds are tried before something is freed or unmapped:
 *
 *   what can still become resident     lengths of the ranges less their known pages
 *   growth of the process's memory     less the pages seen since, plus what was freed of blocks
 *                                      meanwhile
 *
 * Guarded by the mappings' lock. */
#ifndef FIL_UNSEEN_H
#define FIL_UNSEEN_H

#include <stdbool.h>
#include <stddef.h>

/* So many bytes may go before the bounds are tried. */
#define FIL_UNSEEN_GOING ((size_t)1 << 20)

/* All ranges have just been read. */
void fil_unseen_none(void);
/* Whether unseen pages could make a maximum that is noticeably higher than the peak. */
bool fil_unseen_matters(void);
/* So many counted bytes are about to go. Returns whether, with those before, they are enough to try
 * the bounds. */
bool fil_unseen_is_time(size_t going);
/* While the engine is quiescent. */
void fil_unseen_clear(void);

#endif
