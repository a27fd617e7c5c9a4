/* SPDX-License-Identifier: Apache-2.0 */
/* A shortage of memory: what the engine saw, for the owner of the recording to decide on. */
#ifndef FIL_BASE_SHORTAGE_H
#define FIL_BASE_SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../platform/memory.h"

struct fil_shortage {
    size_t request;    /* bytes asked for; 0: memory grew in small pieces */
    bool failed;       /* the system refused the request */
    bool by_allocator; /* pages for an allocator inside a library: few of its users can bear a
                          refusal */
    bool absurd; /* the request is larger than the machine's memory and swap, so its failure says
                    nothing */
    struct fil_os_memory memory;
    int64_t threshold;          /* bytes that should stay available */
    char limit[FIL_LIMIT_TEXT]; /* which limit was met */
};

/* Returns the bytes that should stay available of `total` bytes. */
static inline int64_t fil_shortage_threshold(int64_t total) {
    int64_t least = 100000000, most = 1000000000, share = total / 50 < most ? total / 50 : most;
    return share > least ? share : least;
}

/* Whether `request` more bytes leave too little. */
static inline bool fil_shortage_is_there(const struct fil_os_memory *memory, size_t request) {
    return memory->swapped > memory->available ||
           memory->available - (int64_t)request < fil_shortage_threshold(memory->total);
}

/* Called at a shortage, in a hook with its guard set. True refuses the request, which then fails as
 * if the system had refused it. */
typedef bool (*fil_on_shortage)(const struct fil_shortage *shortage);

#endif
