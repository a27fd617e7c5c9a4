/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as a notebook's reader sees it: files that are cells have the cells' names and lines,
 * and stacks begin at a cell. */
#ifndef FIL_CELLS_H
#define FIL_CELLS_H

#include "kept.h"

struct fil_cell {
    const char *file;   /* the name that IPython compiles the cell under */
    const char *name;   /* in the notebook, "In[3]"; "": it is a part of the line that runs it */
    const char *source; /* its text */
    uint32_t above;     /* how many of its lines stand above the file's first */
};

/* The profile with these cells, without a command line. NULL without memory. */
struct fil_kept *fil_cells_apply(const struct fil_kept *kept, const struct fil_cell *cells,
                                 uint32_t count);

#endif
