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
#include "touched.h"

#define FIL_READOUT_REASON 512u

struct fil_readout {
    struct fil_snapshot snapshot;
    /* of the peak; refers to the snapshot: a readout doesn't move */
    struct fil_report report;
    int process_id;
    bool runs;      /* the process is still there */
    bool reported;  /* it ended by itself, and made its report, or said why it can't */
    double left_at; /* the recording in the file ends here, before the process did: Unix time; 0: it
                       doesn't */
    int error;      /* why: an errno */
    int64_t peak_in_use, live_in_use; /* bytes: the total at the peak, and what lives, without what
                                         was never touched */
    int64_t unlooked; /* bytes of the peak that count as touched, though they weren't looked at */
    double outdated_seconds; /* so long before the end what was never touched was last looked at; 0:
                                that is no matter */
    char process[64];        /* what unreported.h calls it */
    struct fil_readout_reading *reading; /* what the report refers to */
};

/* Reads the recording at `path`; its source lines are for the caller to read, by
 * fil_report_read_sources: the recording says in which files they are. `ended`: when its process
 * died, Unix time; 0: unknown. `seen`: what had been touched of its memory, as a watcher saw it
 * last; NULL: it had none, and where the process runs it is looked at now. 0, or -1 with a sentence
 * in `reason` that begins with the path's name. Release it. */
int fil_readout_make(const char *path, double ended, const struct fil_touched *seen,
                     struct fil_readout *out, char reason[FIL_READOUT_REASON]);
void fil_readout_release(struct fil_readout *readout);

#endif
