/* SPDX-License-Identifier: Apache-2.0 */
/* Owns how periods grow together when there is no room for another one. fil_periods_reach is its
 * main entry. */
#include "periods.h"

#include <string.h>

#define FIRST_LENGTH_NS 8000000 /* twice the coarse clock's resolution */

void fil_periods_clear(struct fil_periods *periods) {
    memset(periods, 0, sizeof *periods);
    periods->length_ns = FIRST_LENGTH_NS;
}

/* In place, front to back: the two that are read lie at or behind the one that is written. An odd
 * last period has no second, and goes on with the first's figure. */
static void halve(struct fil_periods *periods) {
    const int64_t *most = periods->most;
    for (uint32_t i = 0; i < FIL_PERIODS_MOST / 2; i++) {
        int64_t first = most[2 * i], second = 2 * i + 1 < periods->count ? most[2 * i + 1] : 0;
        periods->most[i] = first > second ? first : second;
    }
    periods->count = (periods->count + 1) / 2;
    periods->length_ns *= 2;
}

void fil_periods_extend(struct fil_periods *periods, uint32_t count, int64_t meanwhile) {
    while (periods->count < count) periods->most[periods->count++] = meanwhile;
}

bool fil_periods_reach(struct fil_periods *periods, int64_t since_start_ns, int64_t meanwhile) {
    /* A recording may have slept for a day: each turn doubles the length, so that few are enough.
     */
    while (since_start_ns / periods->length_ns >= FIL_PERIODS_MOST) halve(periods);
    uint32_t period = since_start_ns > 0 ? (uint32_t)(since_start_ns / periods->length_ns) : 0;
    if (period < periods->count) return false;
    fil_periods_extend(periods, period + 1, meanwhile);
    return true;
}

void fil_periods_raise(struct fil_periods *periods, int64_t figure) {
    int64_t *last = &periods->most[periods->count - 1];
    if (figure > *last) *last = figure;
}

bool fil_periods_align(struct fil_periods *one, struct fil_periods *other) {
    while (one->length_ns < other->length_ns) halve(one);
    while (other->length_ns < one->length_ns) halve(other);
    return one->length_ns == other->length_ns;
}
