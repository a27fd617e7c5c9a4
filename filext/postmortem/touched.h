/* SPDX-License-Identifier: Apache-2.0 */
/* What of a process's memory was touched, as it is seen from outside while the process lives: after
 * its death its pages are gone, and its own last look (engine/touching.h) may be from long before,
 * since to touch memory is no event. */
#ifndef FIL_TOUCHED_H
#define FIL_TOUCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "asked.h"

struct fil_touched_one {
    uint64_t start, bytes;
    uint64_t full;     /* as in fil_process_untouched_in */
    int64_t untouched; /* bytes; FIL_NOT_LOOKED_AT */
    uint32_t born;
};

/* What was found at the last look. All zero at first. */
struct fil_touched {
    struct fil_touched_list {
        struct fil_touched_one *list; /* by address */
        uint32_t count, room;
    } of[FIL_ASKED_SORTS];
    int64_t resident; /* the process's, bytes */
};

/* Looks at what was asked for; what was found before stands where the process can't be looked at
 * any more. `pages`: of fil_process_open_pages. Returns whether anything is different now. */
bool fil_touched_look(struct fil_touched *touched, const struct fil_blackboxcopy *copies,
                      int process_id, int pages);
/* Returns how many bytes of it had never been touched at the last look; FIL_NOT_LOOKED_AT: it
 * wasn't there. `touched` may be NULL. */
int64_t fil_touched_find(const struct fil_touched *touched, const struct fil_asked *asked);
void fil_touched_clear(struct fil_touched *touched);

#endif
