/* SPDX-License-Identifier: Apache-2.0 */
/* cJSON on our own memory. Its allocation hooks belong to the whole process, and the program may
 * use the same library: so they are set only while we work, and serve any other thread that meets
 * them from malloc as before. */
#ifndef FIL_CJSONMEMORY_H
#define FIL_CJSONMEMORY_H

#include "arena.h"

/* From here to fil_cjson_end the calling thread's cJSON allocations come from `arena`. Pairs don't
 * nest. */
void fil_cjson_begin(struct fil_arena *arena);
void fil_cjson_end(void);

#endif
