/* SPDX-License-Identifier: Apache-2.0 */
#include "sentence.h"

#include <stdio.h>
#include <string.h>

#include "../platform/os.h"

static const char *size_text(int64_t bytes, char text[32]) {
    bool large = bytes >= (int64_t)1 << 30;
    snprintf(text, 32, large ? "%.1f GiB" : "%.1f MiB", (double)bytes / (large ? 1 << 30 : 1 << 20));
    return text;
}

bool fil_sentence_write(const struct fil_unboxed *recording, const char *ending, char sentence[FIL_SENTENCE]) {
    char peak[32], live[32], process[64];
    sentence[0] = 0;
    if (recording->reported) return false;
    snprintf(process, sizeof process, "Process %d %s", recording->process_id,
             recording->runs ? "is running" : "ended without a report");
    int length = snprintf(sentence, FIL_SENTENCE, "%s; peak %s%s; live %s", ending ? ending : process,
                          size_text(recording->snapshot.peak_bytes, peak), recording->runs ? " so far" : "",
                          size_text(recording->snapshot.live_bytes, live));
    if (recording->left_at > 0 && length < (int)FIL_SENTENCE)
        snprintf(sentence + length, FIL_SENTENCE - (size_t)length,
                 "; as it was %.1f s after the start, when the recording couldn't be kept any longer (%s)",
                 recording->left_at - recording->snapshot.started, strerror(recording->error));
    return true;
}
