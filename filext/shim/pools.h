/* SPDX-License-Identifier: Apache-2.0 */
/* Thread pools of data libraries. As a rule memory of a C thread counts for the Python stack that
 * made the thread. The pool of Arrow, Polars or DuckDB is made once, by the first line that needs
 * it, and works for every line that calls the library later: these libraries are known here by
 * name. */
#ifndef FIL_POOLS_H
#define FIL_POOLS_H

#include <stdbool.h>

/* Whether a thread that will run `routine(argument)` belongs to such a pool. Takes no lock. */
bool fil_pools_have(const void *routine, const void *argument);

#endif
