/* SPDX-License-Identifier: Apache-2.0 */
/* Drives the gate of the short way (record/statepage.h). Python's hooks are imitated by the same
 * steps as those of walker/hooks.c, with a memo that must be of the present code. */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../filext/base/own.h"
#include "../../../filext/engine/calltree.h"
#include "../../../filext/engine/gate.h"
#include "../../../filext/engine/recorder.h"
#include "../../../filext/engine/thread.h"
#include "check.h"
#include "validity.h"

#define WORDS (&fil_state_page.words)
#define AT ((uintptr_t)0x10000000)
enum { STACKS = 8, BATCH = FIL_COUNTERS_BATCH };

/* --- the walker ------------------------------------------------------------------------------ */

struct memo {
    uint32_t generation, root;
};

static _Atomic uint32_t generation;
static _Thread_local uint32_t current_stack;
static _Thread_local unsigned long short_events; /* of the thread, in all recordings */

static uint32_t fake_walk(void **place, uint32_t root, bool is_attached) {
    (void)is_attached;
    if (!current_stack) return FIL_NO_STACK;
    if (!*place) *place = fil_own_map(FIL_OS_PAGE); /* its record's from now on */
    *(struct memo *)*place = (struct memo){generation, root};
    return fil_calltree_child(root, current_stack, current_stack);
}

/* What another thread does while this one is about to open the gate. */
static void (*meanwhile)(void);

static bool fake_refresh(void *place, uint32_t root) {
    struct memo *memo = place;
    if (memo) *memo = (struct memo){generation, root};
    if (meanwhile) meanwhile();
    meanwhile = NULL;
    return memo;
}

static bool is_fresh(const void *place, uint32_t root) {
    const struct memo *memo = place;
    return memo && memo->generation == generation && memo->root == root;
}

static bool fake_name(char *name, size_t size) {
    return snprintf(name, size, "fake") > 0;
}

/* --- events, as Python's hooks make them ----------------------------------------------------- */

static struct fil_thread *enter(void) {
    struct fil_thread *thread = fil_event_thread(WORDS);
    if (!thread) return NULL;
    if (!fil_event_begin(WORDS, thread)) {
        fil_event_end(thread);
        return NULL;
    }
    CHECK(fil_gate_is_valid(thread, is_fresh));
    return thread;
}

static bool allocate_shortly(uintptr_t at, size_t bytes) {
    struct fil_thread *thread = bytes <= FIL_SMALL_MAX && !fil_event_looks(WORDS) ? enter() : NULL;
    if (!thread) return false;
    uint32_t node = fil_calltree_child(thread->root, current_stack, current_stack);
    enum fil_entry_kind kind = bytes > FIL_TINY_MAX ? FIL_SMALL : FIL_TINY;
    bool fits = node < thread->short_slots;
    uint32_t *entry = fits ? fil_event_place(fil_livetable_fans, kind, at) : NULL;
    if (entry) {
        *entry = fil_packed(node, fil_half_of(kind, at), bytes);
        if (fil_event_gain(&fil_totals, thread, node, bytes)) fil_counters_reached();
        short_events++;
    }
    fil_event_end(thread);
    return entry;
}

static bool free_shortly(uintptr_t at) {
    struct fil_thread *thread = enter();
    if (!thread) return false;
    uint32_t *entry = fil_event_entry(fil_livetable_fans, at), packed = entry ? *entry : 0;
    int64_t bytes = fil_packed_bytes(packed);
    uint32_t node = fil_packed_node(packed);
    bool is_ordinary =
        entry && node < thread->short_slots && fil_event_may_lose(&fil_totals, bytes, bytes);
    if (is_ordinary) {
        *entry = 0;
        fil_event_lose(&fil_totals, thread, node, bytes);
        short_events++;
    }
    fil_event_end(thread);
    return is_ordinary;
}

static void allocate(uintptr_t at, uint32_t stack, size_t bytes) {
    current_stack = stack;
    if (!allocate_shortly(at, bytes)) fil_recorder_allocated((void *)at, bytes, true);
}

static void release(uintptr_t at) {
    if (!free_shortly(at)) fil_recorder_freed((void *)at);
}

static void start(void) {
    static const struct fil_walker walker = {
        .stack = fake_walk, .refresh = fake_refresh, .new_thread_name = fake_name};
    CHECK(fil_recorder_start(&walker, NULL));
}

/* A snapshot's pages go back to the system behind TSan's back, and may be another thread's next. */
static __attribute__((no_sanitize("thread"), noinline)) int64_t
sum_of(const struct fil_snapshot *snapshot) {
    int64_t sum = 0;
    for (uint32_t i = 0; i < snapshot->node_count; i++) sum += snapshot->nodes[i].bytes;
    return sum;
}

/* Returns the peak, or -1; what the stacks held at it must be its parts. */
static int64_t peak(bool stop) {
    struct fil_snapshot snapshot;
    if (fil_recorder_snapshot(&snapshot, (struct fil_moment_shown){FIL_MOMENT_PEAK, 0}, stop))
        return -1;
    int64_t all = sum_of(&snapshot), found = snapshot.peak_bytes,
            bound = snapshot.error_bound_bytes;
    fil_snapshot_clear(&snapshot);
    CHECK(llabs(all - found) <= bound);
    return found;
}

/* --- what closes it, for all tests ------------------------------------------------------------ */

static bool is_open(void) {
    return fil_self.thread && fil_gate_names(fil_self.thread);
}

static void one_event(void) {
    allocate(AT, 1, 100);
    release(AT);
}

/* The first event goes the long way and opens the gate, the next ones go through. */
static void check_it_opens(void) {
    unsigned long before = short_events;
    CHECK(!is_open());
    allocate(AT, 1, 100);
    CHECK(is_open() && short_events == before);
    release(AT);
    one_event();
    CHECK(is_open() && short_events == before + 3);
    check_validity();
}

/* Pages that count by residency. */
static char *map_a_page(void) {
    char *page =
        mmap(NULL, FIL_OS_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    current_stack = 4;
    fil_recorder_mapped(&(struct fil_mapping){
        .start = (uintptr_t)page, .bytes = FIL_OS_PAGE, .counting = FIL_COUNTS_RESIDENT});
    return page;
}

static void unmap_the_page(char *page) {
    fil_recorder_unmapping(page, FIL_OS_PAGE);
    munmap(page, FIL_OS_PAGE);
}

/* As walker/codes.c does. */
static void a_code_object_dies(void) {
    generation++;
    fil_state_close_gate();
}

static void in_a_child(void) {
    CHECK(!atomic_load(&WORDS->gate) && !fil_recorder_is_recording());
    unsigned long before = short_events;
    one_event();
    CHECK(!atomic_load(&WORDS->gate) && short_events == before);
    atomic_store(&WORDS->gate, fil_self.thread); /* as of a system that wipes no page */
    fil_recorder_after_fork();
    CHECK(!atomic_load(&WORDS->gate));
    start();
    allocate(AT, 1, 100);
    allocate(AT + 64, 1, 50);
    CHECK(is_open() && peak(true) == 150);
    _exit(0);
}

static void check_a_fork(void) {
    pid_t child = fork();
    int status;
    if (child == 0) in_a_child();
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
