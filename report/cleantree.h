/* SPDX-License-Identifier: Apache-2.0 */
/* The clean tree: a report's snapshot as people want to see it. */
#ifndef FIL_CLEANTREE_H
#define FIL_CLEANTREE_H

#include "tree.h"

/* The report's snapshot as people want to see it: functions of equal name and file are one; our own
 * frames are gone; the start-up frames of runpy and threading are gone where something stands below
 * them; equal siblings are one; stacks that hold nothing, neither at the peak nor at the end, are
 * gone; the import system's frames below a line are one node, the import (imports.h). */
struct fil_tree *fil_tree_of(const struct fil_report *report, struct fil_arena *arena);

#endif
