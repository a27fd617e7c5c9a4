/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the sentence that says why a recording's report isn't the program's own.
 * fil_unreported_reason is its entry. */
#include "unreported.h"

#include <stdio.h>
#include <string.h>

bool fil_unreported_reason(struct fil_readout *recording, const char *ending) {
    if (recording->reported) return false;
    snprintf(recording->process, sizeof recording->process, "Process %d %s", recording->process_id,
             recording->runs ? "is running" : "ended without a report");
    recording->report.reason = (struct fil_reason){
        .kind = recording->runs ? FIL_REASON_RUNNING : FIL_REASON_ENDED,
        .text = ending ? ending : recording->process,
        .peak = recording->peak_in_use,
        .live = recording->live_in_use,
        .unlooked = recording->unlooked,
        .outdated_seconds = recording->outdated_seconds,
        .kept_seconds =
            recording->left_at > 0 ? recording->left_at - recording->snapshot.started : 0,
        .error = recording->left_at > 0 ? strerror(recording->error) : NULL,
    };
    return true;
}
