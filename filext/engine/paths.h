/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of mapped files, kept in own memory. Number 0 is no path. Guarded by the mappings' lock; read with the engine at rest. */
#ifndef FIL_PATHS_H
#define FIL_PATHS_H

#include <stdint.h>

/* The number of a path, which is copied; 0 without memory. */
uint32_t fil_paths_number_locked(const char *path);
/* All paths as one text of `*bytes` bytes, in which a path's number is where it begins; it moves when paths are added. */
const char *fil_paths_text(uint32_t *bytes);
/* Only with the engine at rest. */
void fil_paths_clear(void);

#endif
