/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a recording: why its report is not the program's own. */
#ifndef FIL_UNREPORTED_H
#define FIL_UNREPORTED_H

#include "readout.h"

/* Sets the reason of the recording's report. `ending`: how the process ended, as
 * fil_death_describe, which must outlive the report; NULL: it wasn't seen. Returns false, and sets
 * none, where the recording is whole up to an end that the program reported itself. */
bool fil_unreported_reason(struct fil_readout *readout, const char *ending);

#endif
