/* SPDX-License-Identifier: Apache-2.0 */
/* The state word and the gate, in a page of their own that the system wipes in a forked child: it
 * finds zeros, FIL_STOPPED and a closed gate. Every hook reads this page, and nothing else while
 * nothing is recorded.
 *
 * The gate says that the usual has been checked. It names the one thread that may record ordinary
 * events by the short way (event.h), or none. For that thread all of this holds as long as it
 * stands there, and what changes one of these closes the gate first:
 *
 *   the state is FIL_RECORDING           stop, snapshot, fork, growth (quiescence, growth)
 *   it is the exclusive writer           another's sync, its own flush and end (counters)
 *   it is settled                        it gives work to others or waits for them (thread)
 *   `look_at` is set where it must be    a range that counts by residency appears (ranges)
 *   its memo is of the present code      a code object's death (walker/codes)
 *
 * Its own event opens it at its end (engine/recorder.c): it writes its name, then looks whether
 * all of that holds, and closes the gate where it doesn't. A change is made first and then closes
 * the gate. So one of both sees the other, and the gate ends closed. What waits for the thread's
 * section to end (quiescence, the end of an exclusive writer) knows then that the gate is closed.
 */
#ifndef FIL_STATEPAGE_H
#define FIL_STATEPAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct fil_thread;

enum fil_state {
    FIL_STOPPED,
    FIL_RECORDING,
    /* Each event takes the slow path: the kernel has no membarrier, or free memory must be checked.
     */
    FIL_RECORDING_FENCED,
    FIL_PAUSED
};

struct fil_state_words {
    atomic_uint state;
    _Atomic uint32_t recording;        /* number of the current or last one */
    _Atomic(struct fil_thread *) gate; /* NULL: closed */
    /* When an allocation goes the long way in any case, by fil_os_ticks, since ranges that count by
     * residency may be read again then; 0: there are none. */
    _Atomic uint64_t look_at;
};
struct fil_state_page {
    struct fil_state_words words;
    char rest[4096 - sizeof(struct fil_state_words)];
} __attribute__((aligned(4096)));

#endif
