/* SPDX-License-Identifier: Apache-2.0 */
/* The names in a folder, without libc's own functions, which allocate. */
#ifndef FIL_FOLDER_H
#define FIL_FOLDER_H

#include <stdbool.h>

/* Shows `visit` each name, "." and ".." too, until it returns false. Whether the folder could be
 * read and all names were shown; of a folder with very many names no more than some thousands
 * are. */
bool fil_folder_visit(const char *path, bool (*visit)(const char *name, void *context),
                      void *context);

#endif
