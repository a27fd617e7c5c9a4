/* SPDX-License-Identifier: Apache-2.0 */
/* A bell between two processes, in memory that they share: one rings and waits for the answer, the
 * other waits for the ring. Only one thread rings at a time. No function allocates, takes a lock or
 * changes errno. */
#ifndef FIL_BELL_H
#define FIL_BELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct fil_bell {
    _Atomic uint32_t rung, answered; /* how often it was rung, and answered */
};

/* Rings; returns false when no answer came in so many milliseconds. */
bool fil_bell_ring(struct fil_bell *bell, int milliseconds);
/* Waits until it rings. */
void fil_bell_wait(struct fil_bell *bell);
/* Answers the ring: what was asked for is done. */
void fil_bell_answer(struct fil_bell *bell);

#endif
