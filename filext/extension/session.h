/* SPDX-License-Identifier: Apache-2.0 */
/* The session of `fil-profile run`: the whole program is one recording, its report is written at
 * exit. */
#ifndef FIL_SESSION_H
#define FIL_SESSION_H

#include <stdbool.h>

/* Called by the shim's audit hook, which has then done its work, when Python is about to run the
 * program; with the GIL. */
__attribute__((visibility("default"))) void fil_session_begin(int (*hook)(const char *, void *,
                                                                          void *));

/* Whether the session records this very process as a whole, now. Then it says the line, unless
 * that is "", or -q was given. */
bool fil_session_is_on(const char *line);

#endif
