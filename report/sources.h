/* SPDX-License-Identifier: Apache-2.0 */
/* The source lines of a report: report->sources, sorted by file and line. */
#ifndef FIL_SOURCES_H
#define FIL_SOURCES_H

#include "facts.h"

/* Fills report->sources with the lines that nodes name, read from regular files. What can't be read
 * is left out. */
void fil_report_read_sources(struct fil_report *report);

/* Sorts report->sources by file and line, which fil_report_source and the JSON writer rely on.
 * Without memory there are none. */
void fil_report_sort_sources(struct fil_report *report);
/* Adds to report->sources, which has room for them, the lines of a text that are marked in the bits
 * of `wanted`, 1 to `last`. */
void fil_report_take_lines(struct fil_report *report, const char *file, const uint8_t *wanted,
                           uint32_t last, const char *text, size_t size);
/* Where (file, line) stands, or would stand, in report->sources. */
uint32_t fil_report_source_place(const struct fil_report *report, const char *file, uint32_t line);
/* The source line of (file, line), one of report->sources, or NULL. */
const struct fil_source_line *fil_report_source(const struct fil_report *report, const char *file,
                                                uint32_t line);

#endif
