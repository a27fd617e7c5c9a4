/* SPDX-License-Identifier: Apache-2.0 */
/* The source lines of a report: report->sources, sorted by file and line. */
#ifndef FIL_SOURCELINES_H
#define FIL_SOURCELINES_H

#include "facts.h"

/* Sorts `count` lines by file and line; `other` has room for as many. */
void fil_sourcelines_sort(struct fil_source_line *lines, struct fil_source_line *other,
                          uint32_t count);
/* Sorts report->sources by file and line, which fil_report_source and the JSON writer rely on.
 * Without memory there are none. */
void fil_report_sort_sources(struct fil_report *report);
/* Where (file, line) stands, or would stand, in report->sources. */
uint32_t fil_report_source_position(const struct fil_report *report, const char *file,
                                    uint32_t line);
/* The source line of (file, line), one of report->sources, or NULL. */
const struct fil_source_line *fil_report_source(const struct fil_report *report, const char *file,
                                                uint32_t line);

#endif
