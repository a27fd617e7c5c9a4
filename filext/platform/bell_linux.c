/* SPDX-License-Identifier: Apache-2.0 */
/* Owns how a bell sleeps and wakes: by futexes on words that both processes map. fil_bell_ring is
 * the asking side's entry, fil_bell_wait the answering side's. */
#define _GNU_SOURCE
#include "bell.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include "os.h"
#include "syscall_linux.h"

static void wake(_Atomic uint32_t *word) {
    fil_syscall(SYS_futex, (long)word, FUTEX_WAKE, 1, 0, 0, 0);
}

/* Waits while the word has this value; until `patience` is over, unless that is NULL. May return
 * before. */
static void wait_while(_Atomic uint32_t *word, uint32_t value, const struct timespec *patience) {
    fil_syscall(SYS_futex, (long)word, FUTEX_WAIT, (long)value, (long)patience, 0, 0);
}

bool fil_bell_ring(struct fil_bell *bell, int milliseconds) {
    uint32_t ring = atomic_fetch_add(&bell->rung, 1) + 1;
    int64_t end = fil_os_clock_ns() + milliseconds * INT64_C(1000000);
    wake(&bell->rung);
    for (;;) {
        uint32_t answered = atomic_load(&bell->answered);
        int64_t left = end - fil_os_clock_ns();
        if (answered == ring) return true;
        if (left <= 0) return false;
        wait_while(&bell->answered, answered,
                   &(struct timespec){left / 1000000000, left % 1000000000});
    }
}

void fil_bell_wait(struct fil_bell *bell) {
    for (;;) {
        uint32_t answered = atomic_load(&bell->answered);
        if (atomic_load(&bell->rung) != answered) return;
        wait_while(&bell->rung, answered, NULL);
    }
}

void fil_bell_answer(struct fil_bell *bell) {
    atomic_store(&bell->answered, atomic_load(&bell->rung));
    wake(&bell->answered);
}
