/* SPDX-License-Identifier: Apache-2.0 */
/* The source of a report, read from the files that frames name. */
#ifndef FIL_SOURCES_H
#define FIL_SOURCES_H

#include "sourcelines.h"

/* Fills report->sources with the lines that nodes name, and report->passages with whole files of
 * own code, read from regular files. What can't be read is left out. */
void fil_report_read_sources(struct fil_report *report);

/* Adds to report->sources, which has room for them, the lines of a text that are marked in the bits
 * of `wanted`, 1 to `last`. */
void fil_report_take_lines(struct fil_report *report, const char *file, const uint8_t *wanted,
                           uint32_t last, const char *text, size_t size);
#endif
