/* SPDX-License-Identifier: Apache-2.0 */
/* Result folders: `<parent>/<time>` is a run's, and `<parent>/<time>/<time>` that of a report
 * which was asked for while it ran.
 *
 * No function here allocates, takes a lock or needs Python or libc's time zone: all may run in a
 * signal handler. */
#ifndef FIL_RESULTFOLDER_H
#define FIL_RESULTFOLDER_H

#include <stdbool.h>

#define FIL_RESULTFOLDER_PATH 4096u

/* Makes a folder in `run` that is named after `now` (Unix time, seconds), with a number behind its
 * name where there is one already. `utc_offset`: seconds that local time is ahead. Puts its path
 * into `path`; where it can't be made, who writes there sees why. */
void fil_resultfolder_make(const char *run, double now, long utc_offset,
                           char path[FIL_RESULTFOLDER_PATH]);
/* Whether nothing beside the folder has a name as of one that is as new, or newer; false where that
 * can't be seen. */
bool fil_resultfolder_is_newest(const char *folder);
/* Removes the folder if it is empty, and so many of those around it that `made` are removed in
 * all. */
void fil_resultfolder_remove(const char *folder, long made);

#endif
