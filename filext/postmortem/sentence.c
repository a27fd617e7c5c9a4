/* SPDX-License-Identifier: Apache-2.0 */
#include "sentence.h"

#include <stdio.h>
#include <string.h>

bool fil_sentence_write(const struct fil_unboxed *recording, const char *ending, char sentence[FIL_SENTENCE]) {
    char process[64];
    sentence[0] = 0;
    if (recording->reported) return false;
    snprintf(process, sizeof process, "Process %d %s", recording->process_id,
             recording->runs ? "is running" : "ended without a report");
    /* In the unit of the summary, which stands below it. */
    int length = snprintf(sentence, FIL_SENTENCE, "%s; peak %.1f MiB%s; live %.1f MiB", ending ? ending : process,
                          (double)recording->snapshot.peak_bytes / (1 << 20), recording->runs ? " so far" : "",
                          (double)recording->snapshot.live_bytes / (1 << 20));
    if (recording->left_at > 0 && length < (int)FIL_SENTENCE)
        snprintf(sentence + length, FIL_SENTENCE - (size_t)length,
                 "; as it was %.1f s after the start, when the recording couldn't be kept any longer (%s)",
                 recording->left_at - recording->snapshot.started, strerror(recording->error));
    return true;
}
