/* SPDX-License-Identifier: Apache-2.0 */
#include "sentence.h"

#include <stdio.h>
#include <string.h>

#include "../sizetext.h"

bool fil_sentence_write(const struct fil_unboxed *recording, const char *ending, char sentence[FIL_SENTENCE]) {
    char peak[FIL_SIZETEXT], live[FIL_SIZETEXT], process[64];
    sentence[0] = 0;
    if (recording->reported) return false;
    snprintf(process, sizeof process, "Process %d %s", recording->process_id,
             recording->runs ? "is running" : "ended without a report");
    int length = snprintf(sentence, FIL_SENTENCE, "%s; peak %s%s; live %s", ending ? ending : process,
                          fil_sizetext((double)recording->snapshot.peak_bytes, peak), recording->runs ? " so far" : "",
                          fil_sizetext((double)recording->snapshot.live_bytes, live));
    if (recording->left_at > 0 && length < (int)FIL_SENTENCE)
        snprintf(sentence + length, FIL_SENTENCE - (size_t)length,
                 "; as it was %.1f s after the start, when the recording couldn't be kept any longer (%s)",
                 recording->left_at - recording->snapshot.started, strerror(recording->error));
    return true;
}
