/* SPDX-License-Identifier: Apache-2.0 */
/* Running out of memory, seen before it happens: a request that fails; one of 1 MiB or more that would leave less than the
 * threshold; and memory that grew in small pieces until less is left, or until the process swaps more than that.
 *
 *   threshold = max(100 MB, min(2 % of the total, 1 GB))
 *
 * What is left is read anew when a hundredth of what was left has been asked for since. Whoever records says what is to be done.
 * No lock; all may be called by any thread outside a section. */
#ifndef FIL_OOM_H
#define FIL_OOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../platform/memory.h"

struct fil_shortage {
    size_t request;    /* bytes asked for; 0: memory grew in small pieces */
    bool failed;       /* the system refused the request */
    bool by_allocator; /* pages for an allocator that a library brings along: few users of such can be refused anything */
    bool absurd;       /* it is larger than the machine's memory and swap: failing is what was to be expected */
    struct fil_os_memory memory;
    int64_t threshold;          /* bytes that are to be left */
    char limit[FIL_LIMIT_TEXT]; /* which limit was met */
};

/* Bytes that are to be left of so many. */
static inline int64_t fil_oom_threshold(int64_t total) {
    int64_t least = 100000000, most = 1000000000, share = total / 50 < most ? total / 50 : most;
    return share > least ? share : least;
}

/* Whether so much more leaves too little of that. */
static inline bool fil_oom_is_short(const struct fil_os_memory *memory, size_t request) {
    return memory->swapped > memory->available || memory->available - (int64_t)request < fil_oom_threshold(memory->total);
}

/* Told of a shortage, in a hook with its guard set, where memory is short: true refuses the request, which then fails as the
 * system's refusal would. */
typedef bool (*fil_on_shortage)(const struct fil_shortage *shortage);

/* Looks out from now on; NULL: no longer. False when not everything can be watched here, for a file that `reason` names: the
 * limit of a control group is left out; or, where the machine's own figures can't be read, only failed requests are told of. */
bool fil_oom_watch(fil_on_shortage told, char reason[FIL_LIMIT_TEXT]);
bool fil_oom_watches(void);
/* Before a request of FIL_LARGE_BLOCK or more. True: refuse it. */
bool fil_oom_refuses(size_t bytes, bool by_allocator);
/* After a request that the system refused. */
void fil_oom_failed(size_t bytes);
/* When the total has grown by as many bytes as fil_oom_step gives. */
void fil_oom_grown(void);
/* When somebody else saw that memory is short. In a signal handler of a thread that is in no hook: what malloc keeps free isn't
 * given back. */
void fil_oom_used_up(void);
int64_t fil_oom_step(void);

#endif
