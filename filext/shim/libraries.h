/* SPDX-License-Identifier: Apache-2.0 */
/* Which library a code address lies in. No lock, no allocation. */
#ifndef FIL_LIBRARIES_H
#define FIL_LIBRARIES_H

#include <stdbool.h>

/* Once, while the shim is loaded. */
void fil_libraries_prepare(void);
/* The file name of the library that `address` lies in, without its folder; "" for none and for the
 * program itself. */
const char *fil_libraries_name(const void *address);
/* Whether memory that the code at `address` maps is a library's own. Mappings of Python and its
 * module mmap, and those that a program makes by ctypes, are the program's. */
bool fil_libraries_is_one(const void *address);

#endif
