/* SPDX-License-Identifier: Apache-2.0 */
/* A profile: a snapshot together with what a report says about the process (command line,
 * interpreter, source lines). */
#ifndef FIL_PROFILE_H
#define FIL_PROFILE_H

#include <stdbool.h>

#include "../../report/report.h"
#include "../fil_engine.h"
#include "processinfo.h"

struct fil_profile {
    struct fil_snapshot snapshot;
    struct fil_report report; /* refers to the snapshot: a profile doesn't move */
    const char *command[FIL_PROCESSFACTS_ARGUMENTS];
    const char *names[FIL_PROCESSFACTS_NAMES];
};

/* Freezes the peak so far, or the present, which is then a profile of kind out-of-memory. Source
 * lines are read from the files. 0 or FIL_SNAPSHOT_…; release it. No GIL needed without `stop`.
 */
int fil_profile_take(struct fil_profile *profile, struct fil_moment_shown shown, bool stop);
void fil_profile_release(struct fil_profile *profile);

#endif
