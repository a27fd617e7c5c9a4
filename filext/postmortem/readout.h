/* SPDX-License-Identifier: Apache-2.0 */
/* A readout: the recording in a black box (engine/blackbox.h), read by another process, as a
 * report.
 *
 * The writer may be dead, or running: then the peak is read while it changes. The reader copies
 * the file piece by piece, and looks whether the peak is still the same; after a few trials it says
 * by how much the copy may be off. Everything in the file is checked: it may be cut short, or
 * anything at all.
 *
 * No malloc, no lock; needs no Python. */
#ifndef FIL_READOUT_H
#define FIL_READOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "../../report/report.h"

#define FIL_READOUT_REASON 512u

struct fil_readout {
    struct fil_snapshot snapshot;
    /* of the peak; refers to the snapshot: a readout doesn't move */
    struct fil_report report;
    int process_id;
    bool runs;      /* the process is still there */
    bool reported;  /* it ended by itself, and made its report */
    double left_at; /* the recording in the file ends here, before the process did: Unix time; 0: it
                       doesn't */
    int error;      /* why: an errno */
    char process[64];                    /* what unreported.h calls it */
    struct fil_readout_reading *reading; /* what the report refers to */
};

/* Reads the recording at `path`; its source lines are for the caller to read, by
 * fil_report_read_sources: the recording says in which files they are. `ended`: when its process
 * died, Unix time; 0: unknown. 0, or -1 with a sentence in `reason` that begins with the
 * path's name. Release it. */
int fil_readout_make(const char *path, double ended, struct fil_readout *out,
                     char reason[FIL_READOUT_REASON]);
void fil_readout_release(struct fil_readout *readout);

#endif
