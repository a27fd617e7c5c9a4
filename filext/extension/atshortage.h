/* SPDX-License-Identifier: Apache-2.0 */
/* What is done when memory runs out (engine/shortage.h): under `run` the session writes a report
 * and ends the process; everywhere else the request is refused, and the profile of that moment is
 * kept for the caller that asks. */
#ifndef FIL_ATSHORTAGE_H
#define FIL_ATSHORTAGE_H

#include <stdbool.h>

#include "../../report/reason.h"
#include "../fil_engine.h"

#define FIL_EXIT_OUT_OF_MEMORY 53
#define FIL_ENDS                                                                                   \
    "The program ends here, with exit code 53; --disable-oom-detection would let it go on"
#define FIL_GOES_ON                                                                                \
    "No machine like this one could give that, with or without a profiler: the program goes on"

/* False under --disable-oom-detection. */
bool fil_atshortage_is_wanted(void);
/* Looks out in the next recording; not under --disable-oom-detection. Says so, once, where not
 * everything can be watched. */
void fil_atshortage_watch(fil_on_shortage told);
/* Why a report shows the moment of this shortage, whose text it borrows. */
struct fil_reason fil_atshortage_reason(const struct fil_shortage *shortage);

/* For recordings that a program or a notebook starts itself. `directory`: where the report goes
 * when the process has to end after all. */
void fil_atshortage_watch_cell(const char *directory);
/* The profile of the last shortage in this recording, as JSON; empty when there was none. Owned by
 * this module. */
const struct fil_buffer *fil_atshortage_profile(void);

#endif
