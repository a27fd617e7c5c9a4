/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: a frozen profile in, text out. The public face of this room.
 *
 * No function here allocates through malloc, takes a lock or needs Python; all may run at process
 * exit and in a signal handler that interrupted the program's own code. Memory comes from own.h;
 * without it they return an error and write nothing. */
#ifndef FIL_REPORT_H
#define FIL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "facts.h"
#include "sources.h"

/* "svg-reversed" => FIL_FORMAT_SVG_REVERSED; false for an unknown name. */
bool fil_report_format_by_name(const char *name, enum fil_format *format);

/* Appends the report to `buffer`. 0, or ENOMEM. */
int fil_report_render(const struct fil_report *report, enum fil_format format,
                      struct fil_buffer *buffer);

/* Appends the page that shows this JSON, a profile's or that of a difference of two (docs/page.md),
 * as it is. 0, or ENOMEM. */
int fil_report_page(const struct fil_buffer *title, const struct fil_buffer *json, bool embed,
                    struct fil_buffer *buffer);

/* Writes index.html and <stem>.svg .prof .json -reversed.svg into `directory`, which is made where
 * it is missing; each whole or not at all, and one file's failure doesn't keep the others from
 * being written. Puts what is to be said into the empty text of `end`, unless NULL, which stays
 * empty without memory: all are drawn of one tree. Returns the number of files that failed. */
int fil_report_write_files(const struct fil_report *report, const char *directory, const char *stem,
                           struct fil_written written[FIL_REPORT_FILES],
                           const struct fil_report_end *end);

/* Reads the JSON of fil_report_render back; everything is checked. 0 or -1 with a sentence in
 * `error`. On success release with fil_report_free. */
int fil_report_parse(const char *json, size_t length, struct fil_report *report, char *error,
                     size_t error_size);

#endif
