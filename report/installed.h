/* SPDX-License-Identifier: Apache-2.0 */
/* What was installed into a folder of the reader's, as `pip install --target deps pandas` does:
 *
 *   /home/me/job/deps/pandas/io/parsers.py
 *   /home/me/job/deps/pandas-2.3.dist-info/RECORD     names pandas/io/parsers.py
 *
 * Such a package is a library's (places.h), wherever it lies; what the reader put beside it isn't,
 * nor is a package that is installed to be edited: its RECORD doesn't name it. */
#ifndef FIL_INSTALLED_H
#define FIL_INSTALLED_H

#include "facts.h"

/* Finds them for the files that the snapshot's functions name, and puts the paths of the packages
 * and modules into the report's `installed`, in the report's own arena. `first`: see sources.c. */
void fil_installed_find(struct fil_report *report, const uint32_t *first,
                        struct fil_arena *scratch);

#endif
