/* SPDX-License-Identifier: Apache-2.0 */
/* The profiler's lines on stderr. */
#ifndef FIL_SAY_H
#define FIL_SAY_H

#include <stdbool.h>

#include "../report/report.h"

/* Remembers what stderr is: a program may close it and open a file of its own at that number, where nothing of ours belongs.
 * Before the first fil_say, and again where a recording begins. */
void fil_say_prepare(void);
/* One line on stderr, whatever state stdio is in; nothing where it is no longer what it was. Allocates nothing through malloc,
 * and may be called in hooks and signal handlers. */
__attribute__((format(printf, 1, 2))) void fil_say(const char *format, ...);

/* What became of a report's files: a line for each that couldn't be written, and `what` with the path of the first that was.
 * False when none was. */
bool fil_say_written(const struct fil_written written[FIL_REPORT_FILES], const char *what);

#endif
