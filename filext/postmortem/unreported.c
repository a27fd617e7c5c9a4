/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the sentence that says why a recording's report isn't the program's own.
 * fil_unreported_reason is its entry. */
#include "unreported.h"

#include <stdio.h>
#include <string.h>

bool fil_unreported_reason(struct fil_readout *readout, const char *ending) {
    if (readout->reported && readout->left_at <= 0) return false;
    snprintf(readout->process, sizeof readout->process, "Process %d %s", readout->process_id,
             readout->runs ? "is running" : "ended without a report");
    readout->report.reason = (struct fil_reason){
        .kind = readout->runs ? FIL_REASON_RUNNING : FIL_REASON_ENDED,
        .text = ending ? ending : readout->process,
        .peak = readout->peak_in_use,
        .live = readout->live_in_use,
        .unlooked = readout->unlooked,
        .outdated_seconds = readout->outdated_seconds,
        .kept_seconds = readout->left_at > 0 ? readout->left_at - readout->snapshot.started : 0,
        .error = readout->left_at > 0 ? strerror(readout->error) : NULL,
    };
    return true;
}
