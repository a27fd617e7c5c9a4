/* SPDX-License-Identifier: Apache-2.0 */
/* What the profiler says to people: lines on stderr, each begun by "=fil-profile= "; on a terminal,
 * unless NO_COLOR is set, with some of it dim or bold. Works after Python's end, on a small stack,
 * with stdio in any state. */
#ifndef FIL_CONSOLE_H
#define FIL_CONSOLE_H

#include <stdbool.h>

#include "report.h"

/* Remembers what stderr is: a program may close it and open a file of its own at that number, in
 * which nothing of ours belongs.
 */
void fil_console_prepare(void);
/* One line. */
void fil_console_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The reason's sentence in one line; nothing where there is none. */
void fil_console_reason(const struct fil_reason *reason);
/* Says why there is a report, writes its files, and says the summary's lines, what can't be
 * written, and where the rest is; `last`: not just one so far. False when no file could be written.
 * `leave`, unless NULL, is asked then, with an errno; where it returns true another process writes
 * and say it all. */
bool fil_console_report(const struct fil_report *report, const char *directory, const char *stem,
                        bool last, bool (*leave)(int error));

/* Says that more was asked for at the peak than `most`, and the line that asked for the most. */
void fil_console_exceeded(const struct fil_report *report, int64_t most);

#endif
