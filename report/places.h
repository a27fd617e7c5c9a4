/* SPDX-License-Identifier: Apache-2.0 */
/* Whose code a file is: the paths of a tree's functions, and the packages that these belong to.
 *
 *   /opt/lib/python3.12/site-packages/pandas/io/parsers.py   pandas             FIL_CODE_LIBRARY
 *   /opt/lib/python3.12/json/decoder.py                      standard library   FIL_CODE_STANDARD
 *   job.py                                                   own code           FIL_CODE_OWN
 *   [outside the cell], <string>                             itself             FIL_CODE_NONE
 *
 * What the report's `own` names is own code wherever it lies; a library below such a folder, as in
 * a virtual environment, isn't. What its `program` names is own code, too, of which stacks with
 * any other own code aren't (ownlines.h). */
#ifndef FIL_PLACES_H
#define FIL_PLACES_H

#include "look.h"
#include "tree.h"

enum fil_code { FIL_CODE_NONE, FIL_CODE_OWN, FIL_CODE_STANDARD, FIL_CODE_LIBRARY };

/* "none", "own", "standard", "library" */
extern const char *const fil_code_names[];

struct fil_package {
    const char *name;
    enum fil_code code;
    bool is_program;
};

struct fil_path {
    const char *file;
    uint32_t package; /* index into packages */
};

/* Numbered in the order in which the functions that nodes name come; 0 is the root's, "". */
struct fil_places {
    const struct fil_report *report;
    struct fil_path *paths;
    uint32_t path_count;
    struct fil_package *packages;
    uint32_t package_count;
    uint32_t *path_of; /* by function: its path; 0 for functions that no node names */
    uint8_t *named;    /* by function: whether a node names it */
};

/* Appends the file's name as it is told apart at a glance: from its package on, or from
 * the look's folder, or from the home. */
void fil_places_short(const char *file, const struct fil_look *look, struct fil_buffer *buffer);
/* NULL without memory. */
struct fil_places *fil_places_of(const struct fil_report *report, const struct fil_tree *tree,
                                 struct fil_arena *arena);
/* Whose code a file is, by the rules above. */
enum fil_code fil_places_code(const struct fil_report *report, const char *file,
                              struct fil_arena *scratch);
/* The module that a file is: "/opt/lib/python3.12/site-packages/scipy/stats/__init__.py" =>
 * "scipy.stats". At most `size` bytes, NUL-terminated. */
void fil_places_module(const char *file, char *module, size_t size);

#endif
