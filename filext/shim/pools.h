/* SPDX-License-Identifier: Apache-2.0 */
/* Thread pools of data libraries. As a rule a C thread allocates for the Python stack that made it. The pool of Arrow, Polars or
 * DuckDB is made once, by whichever line comes first, and works for every line that calls the library later: those libraries are
 * known here by name. */
#ifndef FIL_POOLS_H
#define FIL_POOLS_H

#include <stdbool.h>

/* Whether a thread that is to run `routine(argument)` belongs to such a pool. Takes no lock. */
bool fil_pools_have(const void *routine, const void *argument);

#endif
