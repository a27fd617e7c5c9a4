/* SPDX-License-Identifier: Apache-2.0 */
/* Owns which locks the calling thread holds, in debug builds; spinlock.h tells it of each step.
 * Its main entry is fil_lockorder_wait, which finds a lock that is waited for out of order. */
#include "lockorder.h"

#ifdef FIL_DEBUG
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Thread_local struct fil_lockorder fil_lockorder __attribute__((tls_model("initial-exec")));

static const char *const names[FIL_LOCK_RANKS] = {
    [FIL_LOCK_UNRANKED] = "a lock without a rank",
    [FIL_LOCK_CONTROL] = "the recorder's control lock",
    [FIL_LOCK_ARENAS] = "the arenas' lock",
    [FIL_LOCK_NOTES] = "the lock of new threads' notes",
    [FIL_LOCK_THREADS] = "the thread registry's lock",
    [FIL_LOCK_MAPPINGS] = "the mappings' lock",
    [FIL_LOCK_TOTALS] = "the totals' lock",
    [FIL_LOCK_FULLEST] = "the fullest moment's lock",
    [FIL_LOCK_RESIDENT] = "the lock of the resident timeline",
    [FIL_LOCK_ENDED] = "the lock of what has ended",
    [FIL_LOCK_CALLTREE] = "the call tree's lock",
    [FIL_LOCK_SIDETABLE] = "the side table's lock",
    [FIL_LOCK_THREADNAMES] = "the thread names' lock",
    [FIL_LOCK_CODES] = "the code registry's lock",
    [FIL_LOCK_RESERVE] = "the reserve's lock",
    [FIL_LOCK_BLACKBOX] = "the black box's lock",
};

/* By write, because stdio may allocate, and may be what a handler interrupted. */
static _Noreturn void fail(enum fil_lock_rank rank, const char *what, const char *other) {
    const char *parts[] = {names[rank], what, other, " (filext/base/lockorder.h)\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0) break;
    }
    abort();
}

static uint32_t bit_of(enum fil_lock_rank rank) {
    return 1u << rank;
}

void fil_lockorder_wait(enum fil_lock_rank rank) {
    if (rank == FIL_LOCK_UNRANKED) fail(rank, " is taken", "");
    for (enum fil_lock_rank other = FIL_LOCK_RANKS - 1; other >= rank; other--) {
        if (fil_lockorder.held & bit_of(other))
            fail(rank, " is waited for by a thread that holds ", names[other]);
    }
}

void fil_lockorder_take(enum fil_lock_rank rank) {
    if (rank == FIL_LOCK_UNRANKED) fail(rank, " is taken", "");
    fil_lockorder.held |= bit_of(rank);
}

void fil_lockorder_release(enum fil_lock_rank rank) {
    fil_lockorder_assert_held(rank);
    fil_lockorder.held &= ~bit_of(rank);
    fil_lockorder.lost &= ~bit_of(rank);
}

void fil_lockorder_reset(enum fil_lock_rank rank) {
    fil_lockorder.lost |= fil_lockorder.held & bit_of(rank);
    fil_lockorder.held &= ~bit_of(rank);
}

void fil_lockorder_assert_held(enum fil_lock_rank rank) {
    if (!((fil_lockorder.held | fil_lockorder.lost) & bit_of(rank)))
        fail(rank, " isn't held where it must be", "");
}
#endif
