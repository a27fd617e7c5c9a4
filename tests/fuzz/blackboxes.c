/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of black boxes: whatever is in the file, the answer is a report that can be written,
 * or a sentence. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../filext/postmortem/readout.h"
#include "../../filext/postmortem/unreported.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct fil_readout readout;
    char path[64], reason[FIL_READOUT_REASON] = "";
    int file = memfd_create("recording", 0);
    PROMISE(file >= 0 && write(file, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (fil_readout_make(path, 0, NULL, &readout, reason) != 0) {
        PROMISE(strncmp(reason, path, strlen(path)) == 0);
    } else {
        fil_report_read_sources(&readout.report);
        fil_unreported_reason(&readout, NULL);
        for (enum fil_format format = FIL_FORMAT_PROF; format <= FIL_FORMAT_SUMMARY; format++) {
            struct fil_buffer buffer = {0};
            PROMISE(fil_report_render(&readout.report, format, &buffer) == 0);
            fil_buffer_clear(&buffer);
        }
        fil_readout_release(&readout);
    }
    close(file);
    return 0;
}
