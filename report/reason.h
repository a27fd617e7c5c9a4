/* SPDX-License-Identifier: Apache-2.0 */
/* Why a report shows the moment it does: a kind and its figures, which become a sentence where
 * people read it. */
#ifndef FIL_REASON_H
#define FIL_REASON_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

enum fil_reason_kind {
    FIL_REASON_NONE,           /* the program ended by itself */
    FIL_REASON_TEXT,           /* another program's sentence: `text` */
    FIL_REASON_LIMIT_MET,      /* a request failed by a limit that has nothing to do with what the
                                  machine has left */
    FIL_REASON_REQUEST_FAILED, /* a request failed */
    FIL_REASON_SWAPPED,        /* more of the process is in swap than memory is left */
    FIL_REASON_ASKED,          /* a request would leave too little */
    FIL_REASON_LOW,            /* too little is left */
    FIL_REASON_ENDED,          /* the process ended without a report of its own: `text` says how */
    FIL_REASON_RUNNING,        /* the process runs */
    FIL_REASON_KINDS
};

/* How a process ended. */
enum fil_reason_end {
    FIL_REASON_END_UNKNOWN,
    FIL_REASON_END_EXIT,
    FIL_REASON_END_SIGNAL,
    FIL_REASON_END_EXEC,
    FIL_REASON_ENDS
};

/* Texts are NUL-terminated UTF-8, NULL for none, and belong to the maker; figures are bytes, 0
 * where the kind has none. */
struct fil_reason {
    enum fil_reason_kind kind;
    const char *text;
    enum fil_reason_end end; /* of FIL_REASON_ENDED, */
    int number;              /* with the exit code, or the signal */
    const char *limit;       /* which limit was met */
    int64_t request;         /* asked for */
    int64_t available;       /* left, of `total` */
    int64_t total;
    int64_t swapped;
    int64_t threshold;       /* what is to stay free */
    int64_t peak, live;      /* in use, of a process that ended or runs */
    int64_t unlooked;        /* of the peak: it may never have been touched */
    double outdated_seconds; /* so long before the end what was touched was last looked at */
    double kept_seconds;     /* the recording couldn't be kept after so many; 0: it could */
    const char *error;       /* why */
    bool for_memory;         /* the kernel's out-of-memory killer was at work */
};

/* "request-failed" and its kin. */
extern const char *const fil_reason_names[FIL_REASON_KINDS];
/* "unknown", "exit", "signal", "exec" */
extern const char *const fil_reason_ends[FIL_REASON_ENDS];
/* Appends the sentence; nothing for FIL_REASON_NONE. */
void fil_reason_write(const struct fil_reason *reason, struct fil_buffer *buffer);

#endif
