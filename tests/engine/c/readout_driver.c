/* SPDX-License-Identifier: Apache-2.0 */
/* Unboxes each of its arguments, makes all reports of it, and says in a line what that gave. */
#include <stdio.h>

#include "../../../filext/postmortem/readout.h"
#include "../../../filext/postmortem/unreported.h"

static void render(const struct fil_report *report) {
    for (enum fil_format format = FIL_FORMAT_PROF; format <= FIL_FORMAT_SUMMARY; format++) {
        struct fil_buffer buffer = {0};
        fil_report_render(report, format, &buffer);
        fil_buffer_clear(&buffer);
    }
}

int main(int count, char **arguments) {
    static struct fil_readout readout;
    for (int i = 1; i < count; i++) {
        char reason[FIL_READOUT_REASON];
        if (fil_readout_make(arguments[i], 0, NULL, &readout, reason) != 0) {
            printf("no profile: %s\n", reason);
            continue;
        }
        fil_report_read_sources(&readout.report);
        fil_unreported_reason(&readout, NULL);
        render(&readout.report);
        printf("a profile of %u nodes\n", readout.snapshot.node_count);
        fil_readout_release(&readout);
    }
    return 0;
}
