/* SPDX-License-Identifier: Apache-2.0 */
/* Drives the engine with made-up addresses and stacks. A stack is a number: its node is the root's
 * child with that function. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "../../../filext/engine/calltree.h"
#include "../../../filext/engine/recorder.h"
#include "validity.h"

static _Thread_local uint32_t current_stack;
static int64_t last_bound;

/* All of the engine is checked after each event, but not while others may be in it. Counted: a
 * storm ends while other threads go on. */
static atomic_int checks_paused;

static void after_event(void) {
    if (!checks_paused) check_validity();
}

static uint32_t fake_walk(void **memo, uint32_t root, bool is_attached) {
    (void)memo, (void)is_attached;
    if (!current_stack) return FIL_NO_STACK;
    return fil_calltree_child(root, current_stack, current_stack);
}

/* Ordinary events go the short way, too. */
static bool fake_refresh(void *memo, uint32_t root) {
    (void)memo, (void)root;
    return true;
}

static bool fake_name(char *name, size_t size) {
    snprintf(name, size, "fake");
    return true;
}

bool driver_start(void) {
    static bool prepared;
    if (!prepared) fil_recorder_prepare(true);
    prepared = true;
    static const struct fil_walker walker = {
        .stack = fake_walk, .refresh = fake_refresh, .new_thread_name = fake_name};
    bool started = fil_recorder_start(&walker, NULL);
    after_event();
    return started;
}

/* Every other 8 KiB are the interpreter's, the others malloc's. */
static bool is_pythons(uintptr_t address) {
    return address & 0x2000;
}

void driver_allocate(uintptr_t address, uint32_t stack, size_t bytes) {
    current_stack = stack;
    fil_recorder_allocated((void *)address, bytes, is_pythons(address));
    after_event();
}

void driver_free(uintptr_t address) {
    fil_recorder_freed((void *)address);
    after_event();
}

void driver_reallocate(uintptr_t old, uintptr_t new, uint32_t stack, size_t bytes) {
    current_stack = stack;
    fil_recorder_moved(fil_recorder_take((void *)old), (void *)new, bytes, is_pythons(new));
    after_event();
}

void driver_map(uintptr_t start, uint32_t stack, size_t bytes) {
    current_stack = stack;
    fil_recorder_mapped(
        &(struct fil_mapping){.start = start, .bytes = bytes, .kind = FIL_KIND_ANONYMOUS});
    after_event();
}

void driver_unmap(uintptr_t start, size_t bytes) {
    fil_recorder_unmapping((void *)start, bytes);
    after_event();
}

/* mremap. `keeps_old`: DONTUNMAP. */
void driver_remap(uintptr_t old, size_t old_bytes, uintptr_t new, uint32_t stack, size_t bytes,
                  bool keeps_old) {
    current_stack = stack;
    fil_recorder_end_move(fil_recorder_begin_move((void *)old, old_bytes),
                          &(struct fil_move){old, new, old_bytes, bytes, keeps_old});
    after_event();
}

/* Maps a part of the shared memory `object`, from `offset` on. */
void driver_share(uintptr_t start, uint32_t stack, size_t bytes, uint64_t object, uint64_t offset) {
    current_stack = stack;
    struct fil_mapping mapping = {.start = start,
                                  .bytes = bytes,
                                  .kind = FIL_KIND_SHARED,
                                  .object = object,
                                  .offset = offset};
    fil_recorder_mapped(&mapping);
    after_event();
}

/* A reservation, of memory that is really mapped: what is resident counts, with `open` false only
 * when it is opened. */
void driver_reserve(uintptr_t start, uint32_t stack, size_t bytes, uint64_t object, bool open) {
    current_stack = stack;
    struct fil_mapping mapping = {.start = start, .bytes = bytes, .object = object};
    mapping.kind = object ? FIL_KIND_SHARED : FIL_KIND_ANONYMOUS;
    mapping.counting = open ? FIL_COUNTS_RESIDENT : FIL_COUNTS_INACCESSIBLE;
    fil_recorder_mapped(&mapping);
    after_event();
}

void driver_open(uintptr_t start, uint32_t stack, size_t bytes) {
    current_stack = stack;
    fil_recorder_made_accessible((void *)start, bytes, true);
    after_event();
}

void driver_drop(uintptr_t start, size_t bytes) {
    fil_recorder_dropping((void *)start, bytes);
    after_event();
}

/* The peak; stacks[i] gets the bytes of stack i. */
int64_t driver_peak(int64_t *stacks, uint32_t count, bool stop) {
    struct fil_snapshot snapshot;
    if (fil_recorder_snapshot(&snapshot, (struct fil_moment_shown){FIL_MOMENT_PEAK, 0}, stop))
        return -1;
    for (uint32_t i = 0; i < count; i++) stacks[i] = 0;
    for (uint32_t i = 0; i < snapshot.node_count; i++) {
        if (snapshot.nodes[i].function < count)
            stacks[snapshot.nodes[i].function] += snapshot.nodes[i].bytes;
    }
    int64_t peak = snapshot.peak_bytes;
    last_bound = snapshot.error_bound_bytes;
    fil_snapshot_clear(&snapshot);
    after_event();
    return peak;
}

/* How far the engine says that the last peak and its stacks may be off. */
int64_t driver_bound(void) {
    return last_bound;
}
