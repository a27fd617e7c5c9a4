/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of what a black box says was asked for in large pieces. fil_asked_visit is its
 * main entry. */
#include "asked.h"

#include <stddef.h>
#include <string.h>

#include "../engine/largeblocks.h"
#include "../engine/ranges.h"

#define MOST_ADDRESS ((uint64_t)1 << 57)

bool fil_asked_copy(struct fil_blackboxcopy *copies) {
    return fil_blackboxcopy_copy(copies, FIL_PIECE_LARGEBLOCKS) &&
           fil_blackboxcopy_copy(copies, FIL_PIECE_RANGES);
}

/* Whether it is as it was written. One that was just being moved in its list stands there twice:
 * `last` is the one before it. */
static bool is_whole(const struct fil_asked *asked, uint64_t last) {
    bool counts_less = asked->counted >= 0 && (uint64_t)asked->counted <= asked->bytes;
    bool is_looked_at = asked->untouched <= asked->counted && asked->untouched >= FIL_NOT_LOOKED_AT;
    return asked->start > last && asked->start < MOST_ADDRESS && asked->bytes < MOST_ADDRESS &&
           counts_less && is_looked_at;
}

static struct fil_asked asked_as_block(const char *piece, size_t number) {
    struct fil_largeblock one;
    memcpy(&one, piece + number * sizeof one, sizeof one);
    return (struct fil_asked){.sort = FIL_ASKED_BLOCK,
                              .start = one.start,
                              .bytes = one.block.bytes,
                              .node = one.block.node,
                              .born = one.block.born,
                              .counted = (int64_t)one.block.bytes,
                              .untouched = one.untouched};
}

static struct fil_asked asked_as_mapping(const char *piece, size_t number) {
    const char *stored = piece + number * sizeof(struct fil_range);
    struct fil_range one;
    memcpy(&one, stored, sizeof one);
    /* In a damaged file it is any byte, which is no bool's value. */
    char by_library = stored[offsetof(struct fil_range, by_library)];
    return (struct fil_asked){.sort = FIL_ASKED_MAPPING,
                              .start = one.start,
                              .bytes = one.end - one.start,
                              .node = one.node,
                              .born = one.born,
                              .counted =
                                  one.counting == FIL_COUNTS_LENGTH ? (int64_t)one.counted : 0,
                              .untouched = one.untouched,
                              .by_library = by_library == 1};
}

static const struct {
    enum fil_piece kind;
    size_t bytes;
    struct fil_asked (*at)(const char *piece, size_t number);
} lists[FIL_ASKED_SORTS] = {
    {FIL_PIECE_LARGEBLOCKS, sizeof(struct fil_largeblock), asked_as_block},
    {FIL_PIECE_RANGES, sizeof(struct fil_range), asked_as_mapping},
};

void fil_asked_visit(const struct fil_blackboxcopy *copies,
                     void (*visit)(const struct fil_asked *asked, void *context), void *context) {
    for (size_t sort = 0; sort < FIL_ASKED_SORTS; sort++) {
        const struct fil_blackboxcopy_piece *piece =
            fil_blackboxcopy_find(copies, lists[sort].kind, 0, 0);
        uint64_t last = 0;
        for (size_t i = 0; piece && (i + 1) * lists[sort].bytes <= piece->bytes; i++) {
            struct fil_asked asked = lists[sort].at(piece->copy, i);
            if (!asked.bytes) break;
            if (!is_whole(&asked, last)) continue;
            last = asked.start;
            if (asked.counted) visit(&asked, context);
        }
    }
}
