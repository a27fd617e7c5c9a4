/* SPDX-License-Identifier: Apache-2.0 */
/* The threads of a recording by name. Threads of equal name share a number, so pools that are made
 * again and again take no more.
 *
 * Own lock. Numbers stay valid until clearing. */
#ifndef FIL_THREADNAMES_H
#define FIL_THREADNAMES_H

#include <stdbool.h>
#include <stdint.h>

#define FIL_THREADNAME_BYTES 64u
#define FIL_THREADNAMES_MOST 1024u
#define FIL_MAIN_THREAD 0u /* "MainThread", always there */

/* Returns the number of threads called `name`, which is copied (UTF-8, cut to fit). When there are
 * too many names, all others share the last number, "other threads". */
uint32_t fil_threadnames_number(const char *name);
uint32_t fil_threadnames_count(void);
/* Valid until the next clearing. */
const char *fil_threadnames_name(uint32_t number);
/* Forgets all but the main thread. Only while the engine is quiescent. */
void fil_threadnames_clear(void);
/* Puts the names into the black box: an array of FIL_THREADNAMES_MOST, each of
 * FIL_THREADNAME_BYTES, "" where there is none. Quiescent engine. */
void fil_threadnames_keep(void);
void fil_threadnames_after_fork(void);

#ifdef FIL_DEBUG
bool fil_threadnames_is_valid(void); /* debug.h */
#endif

#endif
