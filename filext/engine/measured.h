/* SPDX-License-Identifier: Apache-2.0 */
/* What each node of the call tree holds at a moment, and how much of that was never touched.
 *
 * What libraries mapped for themselves and never touched is in none of its figures but `reserved`.
 * Made in one look at all large blocks and mappings, for both moments. Quiescent engine, every
 * thread flushed. */
#ifndef FIL_MEASURED_H
#define FIL_MEASURED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/snapshot.h"
#include "counters.h"

struct fil_measured {
    uint32_t count;        /* of the engine's nodes */
    struct fil_held *held; /* by node */
    int64_t *untouched;    /* by node: bytes that were never touched */
    int64_t reserved;      /* by libraries, never touched */
};

/* Makes room for as many nodes as there are. False without memory; clear it in either case. */
bool fil_measured_prepare(struct fil_measured *measured);
void fil_measured_clear(struct fil_measured *measured);

/* Fills those that aren't NULL: with what was there at the peak so far, and with what lives now.
 * Returns what libraries have reserved now and never touched. */
int64_t fil_measured_fill(struct fil_measured *peak, struct fil_measured *now);

/* What was never touched of a mapping: marked, or, of one that a library made for itself, no
 * memory at all. */
static inline void fil_measured_untouched(struct fil_measured *m, uint32_t node, size_t bytes,
                                          bool by_library) {
    int64_t held = m->held[node].bytes;
    if (!by_library) {
        m->untouched[node] += (int64_t)bytes;
        return;
    }
    int64_t reserved = (int64_t)bytes < held ? (int64_t)bytes : held;
    if (reserved <= 0) return;
    m->held[node].bytes -= reserved;
    m->reserved += reserved;
}

#endif
