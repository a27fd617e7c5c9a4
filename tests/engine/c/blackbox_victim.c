/* SPDX-License-Identifier: Apache-2.0 */
/* Records made-up events into a black box until it is killed: blackbox_victim BOX COUNTER SEED NAP
 * [LARGE]. With LARGE it has large blocks and mappings, too, some of which ended since the peak.
 * The number of events done stands in the file COUNTER. It sleeps for NAP microseconds after
 * every 16. Which events they are follows from the seed; test_blackbox.py knows how. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../filext/base/processfacts.h"
#include "../../../filext/engine/blackbox.h"
#include "../../../filext/engine/calltree.h"
#include "../../../filext/engine/recorder.h"

enum { PLACES = 64, STACKS = 12 };

static uint32_t current_stack;

static uint32_t fake_walk(void **memo, uint32_t root, bool is_attached) {
    (void)memo, (void)is_attached;
    return fil_calltree_child(root, current_stack, current_stack);
}

/* Ordinary events go the short way, too. */
static bool fake_refresh(void *memo, uint32_t root) {
    (void)memo, (void)root;
    return true;
}

static bool fake_name(char *name, size_t size) {
    return snprintf(name, size, "fake") > 0;
}

/* What the walker would put there. */
static void name_functions(void) {
    struct fil_processfacts *process = fil_blackbox_map(FIL_PIECE_PROCESS, 0, sizeof *process);
    strcpy(process->python, "3.11.0");
    char *text = fil_blackbox_map(FIL_PIECE_TEXT, 0, 4096);
    struct fil_function *functions =
        fil_blackbox_map(FIL_PIECE_FUNCTIONS, 0, 64 * sizeof *functions);
    for (uint32_t i = 1; i <= STACKS; i++, text += 8) {
        sprintf(text, "s%u", i);
        functions[i] = (struct fil_function){text, text, 1};
    }
}

static uint64_t state;

static uint32_t random_number(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

/* Where nothing is mapped: none of it was ever touched. */
static void hold_large_ones(void) {
    const uintptr_t at = 0x500000000000, apart = (uintptr_t)1 << 30;
    struct fil_mapping mapping = {.kind = FIL_KIND_ANONYMOUS, .bytes = 4 << 20};
    for (uintptr_t i = 0; i < 8; i++) {
        current_stack = 1 + (uint32_t)i;
        fil_recorder_allocated((void *)(at + i * apart), (1 + i) << 20, false);
        mapping.start = at + (i + 8) * apart;
        mapping.by_library = i % 2;
        fil_recorder_mapped(&mapping);
    }
    for (uintptr_t i = 0; i < 4; i++) {
        fil_recorder_freed((void *)(at + i * apart));
        fil_recorder_unmapping((void *)(at + (i + 8) * apart), 4 << 20);
    }
}

int main(int count, char **arguments) {
    static bool taken[PLACES];
    if (count != 5 && count != 6) return 2;
    useconds_t nap = (useconds_t)atoi(arguments[4]);
    int file = open(arguments[2], O_RDWR);
    volatile uint64_t *done = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (done == MAP_FAILED) return 3;
    static const struct fil_walker walker = {
        .stack = fake_walk, .refresh = fake_refresh, .new_thread_name = fake_name};
    fil_recorder_prepare(false);
    if (fil_blackbox_open(arguments[1], false, 0) != 0 ||
        !fil_recorder_start(&walker, name_functions))
        return 4;
    if (count == 6) hold_large_ones();
    state = strtoull(arguments[3], NULL, 10);
    for (;; *done += 1) {
        uint32_t place = random_number() % PLACES, what = random_number() % 8,
                 size = random_number() % 1000000;
        if (size < 900000) size %= 2000;
        current_stack = random_number() % STACKS + 1;
        void *address = (void *)(uintptr_t)(0x10000000 + (uint64_t)place * 0x1010000);
        if (!taken[place]) fil_recorder_allocated(address, size, false);
        else if (what == 0) fil_recorder_moved(fil_recorder_take(address), address, size, false);
        else fil_recorder_freed(address);
        taken[place] = !taken[place] || what == 0;
        if (nap && *done % 16 == 0) usleep(nap);
    }
}
