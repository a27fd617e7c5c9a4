/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the sorting by keys. fil_order is its entry.
 *
 * A radix sort, from the last key's lowest digit to the first key's highest: each round deals the
 * numbers into piles by one digit and puts the piles together again. A profile has tens of
 * thousands of lines, sizes have two or three digits that differ, and a round is a few instructions
 * a line, where a sort by comparisons takes hundreds. libc's qsort may allocate. */
#include "order.h"

#include <string.h>

#define BITS 11 /* of a digit */
#define PILES (1u << BITS)

struct sorting {
    uint32_t *order, *other; /* the numbers, and room for them */
    uint64_t *keys;          /* by number, so that larger keys are smaller here */
    uint32_t *starts;        /* of the piles in `other`; not on the stack, which may be small */
    uint32_t count;
};

static void deal(struct sorting *s, unsigned shift) {
    uint32_t *starts = s->starts;
    memset(starts, 0, (PILES + 1) * sizeof *starts);
    for (uint32_t i = 0; i < s->count; i++) starts[(s->keys[i] >> shift & (PILES - 1)) + 1]++;
    for (unsigned pile = 0; pile < PILES; pile++) starts[pile + 1] += starts[pile];
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t number = s->order[i];
        s->other[starts[s->keys[number] >> shift & (PILES - 1)]++] = number;
    }
    uint32_t *held = s->order;
    s->order = s->other;
    s->other = held;
}

static void sort_by(struct sorting *s, fil_key_of *key_of, const void *context) {
    uint64_t differs = 0; /* bits that aren't equal in all keys */
    for (uint32_t i = 0; i < s->count; i++) {
        /* A signed number's order is that of its bits with the uppermost one turned over. */
        s->keys[i] = ~((uint64_t)key_of(i, context) ^ (uint64_t)1 << 63);
        differs |= s->keys[i] ^ s->keys[0];
    }
    for (unsigned shift = 0; shift < 64; shift += BITS) {
        if (differs >> shift & (PILES - 1)) deal(s, shift);
    }
}

const uint32_t *fil_order(uint32_t count, fil_key_of *const *keys, unsigned key_count,
                          const void *context, struct fil_arena *arena) {
    struct sorting s = {fil_arena_get(arena, count * sizeof *s.order),
                        fil_arena_get(arena, count * sizeof *s.other),
                        fil_arena_get(arena, count * sizeof *s.keys),
                        fil_arena_get(arena, (PILES + 1) * sizeof *s.starts), count};
    if (!s.order || !s.other || !s.keys || !s.starts) return NULL;
    for (uint32_t i = 0; i < count; i++) s.order[i] = i;
    while (key_count-- > 0) sort_by(&s, keys[key_count], context);
    return s.order;
}
