/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a recording: why its report is not the program's own. */
#ifndef FIL_UNREPORTED_H
#define FIL_UNREPORTED_H

#include "readout.h"

/* Gives the recording's report its reason. `ending`: how the process ended, as fil_death_describe,
 * which must outlive the report; NULL: it wasn't seen. False where the
 * program's own end is in the recording: then there is none. */
bool fil_unreported_reason(struct fil_readout *readout, const char *ending);

#endif
