/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of mapped files, kept in own memory. Number 0 is no path. Guarded by the mappings' lock;
 * read while the engine is quiescent. */
#ifndef FIL_PATHS_H
#define FIL_PATHS_H

#include <stdint.h>

/* Returns the number of a path, which is copied; 0 without memory. */
uint32_t fil_paths_number_locked(const char *path);
/* Returns all paths as one text of `*bytes` bytes, in which a path begins at its number; it moves
 * when paths are added. */
const char *fil_paths_text(uint32_t *bytes);
/* Only while the engine is quiescent. */
void fil_paths_clear(void);

#endif
