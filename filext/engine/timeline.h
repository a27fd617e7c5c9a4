/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline: live memory and the process's resident memory over time, as the most there was in
 * each period since the start (periods.h).
 *
 *   live       ▁▂▅▅▅█▃▃▁        noted when the total leaves a band around what was noted last;
 *   resident   ▂··▆▆·█·▃        in between it was within the band
 *   period     0 1 2 …          · nothing is known: resident memory changes without an event
 *
 * The counters note the total, in the order of their events: from the exclusive writer, or under
 * their lock. It costs nothing until the total has moved by the band, which is a 256th of the peak,
 * at least 64 KiB, and doubles where a period has seen many notes. A caller that has read resident
 * memory notes it, any thread at any time: under a lock of its own, which isn't waited for. */
#ifndef FIL_TIMELINE_H
#define FIL_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/snapshot.h"
#include "../platform/os.h"
#include "periods.h"

/* In pages of its own, which the black box takes in. */
struct fil_timeline {
    int64_t started_ns;          /* by the coarse clock */
    int64_t last;                /* the total noted last, bytes */
    int64_t peak_ns;             /* since the start: when the total last came near its peak */
    int64_t touched_ns;          /* since the start: when what was touched was last looked at */
    uint32_t notes;              /* in the last period of `live` */
    struct fil_periods live;     /* bytes; periods without a note have the total noted last */
    struct fil_periods resident; /* bytes; 0: unknown */
} __attribute__((aligned(FIL_OS_PAGE)));

/* Empties it; the start is now. */
void fil_timeline_clear(void);
/* Notes the total of now and the peak so far. Returns the band: the next note is due when the total
 * has moved that far, up or down. */
int64_t fil_timeline_note(int64_t total, int64_t peak);
/* Notes resident memory as it was read just now, in bytes; 0 says nothing. What another thread
 * notes at the same time comes first, and this is forgotten. */
void fil_timeline_note_resident(int64_t bytes);
/* Copies `line` into the snapshot, together with the live bytes at `seconds` since the start, and
 * the peak. Without memory the snapshot has no timeline. */
void fil_timeline_copy(const struct fil_timeline *line, double seconds, int64_t live, int64_t peak,
                       struct fil_snapshot *out);
void fil_timeline_after_fork(void);
/* The engine's own. */
extern struct fil_timeline fil_timeline __attribute__((visibility("hidden")));

#ifdef FIL_DEBUG
bool fil_timeline_is_valid(int64_t peak); /* debug.h; with the peak so far */
#endif

#endif
