/* SPDX-License-Identifier: Apache-2.0 */
/* The writers, one file each. All append to `buffer` and use `arena` for what they need meanwhile; 0 or ENOMEM. */
#ifndef FIL_WRITERS_H
#define FIL_WRITERS_H

#include <errno.h>

#include "tree.h"

/* A report in one format, of a tree that fil_tree_of made. */
int fil_render_tree(const struct fil_report *report, const struct fil_tree *tree, enum fil_format format,
                    struct fil_buffer *buffer);

int fil_write_folded(const struct fil_report *report, const struct fil_tree *tree, struct fil_arena *arena,
                     struct fil_buffer *buffer);
/* What the exports are made of: without the import system, and with shortened stacks. */
const struct fil_tree *fil_tree_for_exports(const struct fil_tree *tree, struct fil_arena *arena);
/* `totals`: each node's total as a sixth number, for the page, whose tree is pruned. */
int fil_write_json(const struct fil_report *report, const struct fil_tree *tree, bool totals, struct fil_arena *arena,
                   struct fil_buffer *buffer);
int fil_write_svg(const struct fil_report *report, const struct fil_tree *tree, bool reversed, struct fil_arena *arena,
                  struct fil_buffer *buffer);
int fil_write_html(const struct fil_report *report, const struct fil_tree *tree, bool embed, struct fil_arena *arena,
                   struct fil_buffer *buffer);
int fil_write_summary(const struct fil_report *report, const struct fil_tree *tree, struct fil_arena *arena,
                      struct fil_buffer *buffer);

/* Sorts report->sources by file and line, which fil_report_source and the JSON writer rely on. Without memory there are none. */
void fil_report_sort_sources(struct fil_report *report);
/* The source line of (file, line), one of report->sources, or NULL. */
const struct fil_source_line *fil_report_source(const struct fil_report *report, const char *file, uint32_t line);
/* What is left of the resident memory around the peak when everything known is taken away; `untouched`: bytes of the peak.
 * Negative where memory of before the recording was used again. 0 where resident memory is unknown. */
int64_t fil_report_resident_rest(const struct fil_snapshot *snapshot, int64_t untouched);
/* Whether so much was never touched, of all that a node holds, that the report says so: a tenth. */
bool fil_report_marks_untouched(int64_t untouched, int64_t all);
/* "Peak Tracked Memory Usage (76.4 MiB)" and its kin. */
void fil_report_title(const struct fil_report *report, bool reversed, struct fil_buffer *buffer);

#endif
