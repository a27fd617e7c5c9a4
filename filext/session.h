/* SPDX-License-Identifier: Apache-2.0 */
/* The session of `fil-profile run`: the whole program is one recording, its report is written at exit. */
#ifndef FIL_SESSION_H
#define FIL_SESSION_H

/* Called by the shim's audit hook, which has then done its work, when Python is about to run the program; with the GIL. */
__attribute__((visibility("default"))) void fil_session_begin(int (*hook)(const char *, void *, void *));

#endif
