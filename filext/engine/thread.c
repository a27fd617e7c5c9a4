/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the records of all threads that ever recorded, and which of them awaits work.
 * fil_thread_register is its main entry, at a thread's first event. */
#include "thread.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#include "../base/own.h"
#include "../base/spinlock.h"
#include "../platform/os.h"
#include "../record/liveentries.h"
#include "../record/totals.h"
#include "blackbox.h"
#include "calltree.h"
#include "state.h"
#include "threadnames.h"

#define FIRST_SLOTS 1024u
/* So many records may be taken before dead owners are searched for only now and then. */
#define FEW 64u

_Thread_local struct fil_thread_local fil_self __attribute__((tls_model("initial-exec")));

static struct {
    struct fil_spinlock lock;
    /* The newest record. Written under the lock, by release: a reader, who needs none, finds each
     * record whole. */
    _Atomic(struct fil_thread *) first;
    uint32_t records;      /* how many there are; under the lock, as the next one */
    uint32_t looked;       /* how many there were when all owners were last searched for */
    pthread_key_t at_exit; /* written once, as the next one */
    void (*ended)(struct fil_thread *); /* called with a record whose thread ends */
    _Atomic uint32_t generation;        /* of recordings: how often the records were cleared */
    /* Node that threads without frames work for now; 0: no thread awaits work. Without a lock: of
     * several threads that begin to wait at once any one will do. */
    _Atomic uint32_t awaited;
} registry = {.lock = FIL_SPINLOCK(FIL_LOCK_THREADS)};

/* Runs at thread exit. Destructors that run later may allocate again: the thread then registers
 * again, and this runs again. */
static void give_up(void *record) {
    struct fil_thread *thread = record;
    uint32_t guard = fil_self.guard;
    fil_self.guard = 1;
    /* Before the record is free: its batch goes to the total, and an exclusive writer gives up its
     * right. */
    registry.ended(thread);
    fil_thread_awaits(thread, 0);
    fil_spinlock_lock(&registry.lock);
    thread->taken = false;
    fil_self.thread = NULL;
    fil_spinlock_unlock(&registry.lock);
    fil_self.guard = guard;
}

void fil_threads_prepare(void (*ended)(struct fil_thread *)) {
    registry.ended = ended;
    pthread_key_create(&registry.at_exit, give_up);
}

/* Returns a record without an owner, or whose owner died without running its destructors. The
 * system is asked about every owner only when there are twice as many records as the last time:
 * with thousands of threads, starting one would take milliseconds. */
static struct fil_thread *vacant_locked(void) {
    fil_spinlock_assert_held(&registry.lock);
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) {
        if (!t->taken) return t;
    }
    if (registry.records >= FEW && registry.records < 2 * registry.looked) return NULL;
    registry.looked = registry.records;
    struct fil_thread *vacant = NULL;
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) {
        if (fil_os_thread_exists(t->thread_id)) continue;
        t->taken = false;
        vacant = t;
    }
    return vacant;
}

/* The gate may name a thread that died without a word: a new one has its record, or its storage,
 * by whose address the short way knows it. */
static void close_gate_of_the_dead(uintptr_t pointer) {
    const struct fil_thread *named =
        atomic_load_explicit(&fil_state_page.words.gate, memory_order_relaxed);
    if (named && named->pointer == pointer) fil_state_close_gate();
}

struct fil_thread *fil_thread_register(void) {
    fil_spinlock_lock(&registry.lock);
    struct fil_thread *thread = vacant_locked();
    if (!thread && (thread = fil_own_map(sizeof *thread))) {
        thread->next = fil_threads_first();
        thread->number = registry.records++;
        atomic_store_explicit(&registry.first, thread, memory_order_release);
    }
    if (thread) {
        close_gate_of_the_dead(thread->pointer);
        thread->taken = true;
        /* By these the extension knows the owner, and its guard: it can't reach our thread-local
         * storage without a call. */
        thread->pointer = fil_os_thread_pointer();
        thread->local = &fil_self;
        thread->thread_id = fil_os_thread_id();
        bool known = fil_self.generation == fil_threads_generation();
        thread->creator = known ? fil_self.creator : 0;
        thread->name = known ? fil_self.name : 0;
        thread->pooled = fil_self.pooled;
        thread->has_root = thread->is_settled = false;
        /* Release: a thread that waits for this record sees what its former owner wrote. */
        atomic_store_explicit(&thread->busy, 0, memory_order_release);
        fil_self.thread = thread;
    }
    fil_spinlock_unlock(&registry.lock);
    /* Outside of the lock, because it may allocate. */
    if (thread) pthread_setspecific(registry.at_exit, thread);
    return thread;
}

void fil_thread_made_by(struct fil_creation creation) {
    close_gate_of_the_dead(fil_os_thread_pointer());
    fil_self.creator = creation.creator;
    fil_self.name = creation.name;
    fil_self.generation = creation.generation;
    fil_self.pooled = creation.pooled;
}

uint32_t fil_threads_generation(void) {
    return atomic_load_explicit(&registry.generation, memory_order_relaxed);
}

void fil_thread_awaits(struct fil_thread *thread, uint32_t node) {
    uint32_t before = atomic_exchange_explicit(&thread->awaits, node, memory_order_relaxed),
             awaited = node;
    if (node) {
        thread->is_settled = false;
        fil_state_close_gate();
    }
    if (!node && atomic_load_explicit(&registry.awaited, memory_order_relaxed) != before) return;
    /* This thread no longer waits: a pool works for any other one that does. */
    for (struct fil_thread *t = fil_threads_first(); t && !awaited; t = t->next) {
        awaited = atomic_load_explicit(&t->awaits, memory_order_relaxed);
    }
    atomic_store_explicit(&registry.awaited, awaited, memory_order_relaxed);
}

/* A thread from before the recording has the system's name for it; the process's first thread is
 * Python's main thread. */
static void find_root(struct fil_thread *thread) {
    char name[FIL_THREADNAME_BYTES] = "";
    if (!thread->name && thread->thread_id != fil_os_process_id()) {
        fil_os_thread_name(thread->thread_id, name, sizeof name);
        thread->name = fil_threadnames_number(name);
    }
    thread->root = fil_calltree_thread_node(thread->name);
    thread->has_root = true;
}

void fil_thread_settle(struct fil_thread *thread, bool is_back) {
    if (!thread->has_root) find_root(thread);
    if (is_back && thread->awaits) fil_thread_awaits(thread, 0);
    thread->is_settled = !thread->awaits;
}

uint32_t fil_thread_works_for(const struct fil_thread *thread) {
    /* A C thread that is no pool's works for the stack that made it, whatever others wait for. */
    uint32_t awaited = atomic_load_explicit(&registry.awaited, memory_order_relaxed);
    return awaited && (thread->pooled || !thread->creator) ? awaited : thread->creator;
}

struct fil_thread *fil_threads_first(void) {
    return atomic_load_explicit(&registry.first, memory_order_acquire);
}

/* Slots are found by their node, so there is one for each node up to the largest that the thread
 * used: untouched pages of them take no memory. A piece of the black box, whose reader needs the
 * slots of all threads. */
struct fil_slot *fil_thread_grow_slots(struct fil_thread *thread, uint32_t node) {
    uint32_t capacity = thread->slot_capacity ? thread->slot_capacity : FIRST_SLOTS;
    while (capacity <= node) capacity *= 2;
    size_t bytes = capacity * sizeof(struct fil_slot);
    struct fil_slot *slots =
        fil_blackbox_grow(FIL_PIECE_SLOTS, thread->number, thread->slots,
                          thread->slot_capacity * sizeof(struct fil_slot), bytes);
    if (!slots) return NULL;
    thread->slots = slots;
    thread->slot_capacity = capacity;
    thread->short_slots = capacity < FIL_NODE_LIMIT ? capacity : FIL_NODE_LIMIT;
    return &slots[node];
}

/* Under the lock, for a thread may register meanwhile: it is in no section yet. */
void fil_threads_clear(void) {
    fil_spinlock_lock(&registry.lock);
    atomic_fetch_add(&registry.generation, 1);
    registry.awaited = 0;
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) {
        fil_blackbox_unmap(t->slots, t->slot_capacity * sizeof(struct fil_slot));
        t->slots = NULL;
        t->slot_capacity = t->short_slots = 0;
        t->delta = t->gross = 0;
        t->blocks = 0;
        t->creator = t->name = 0;
        t->awaits = 0;
        t->has_root = t->is_settled = false;
    }
    fil_spinlock_unlock(&registry.lock);
}

void fil_threads_after_fork(void) {
    fil_spinlock_reset(&registry.lock);
    for (struct fil_thread *t = fil_threads_first(); t; t = t->next) {
        atomic_store_explicit(&t->busy, 0, memory_order_relaxed);
        /* Their threads don't exist in the child, which may take their records over. */
        t->taken = t == fil_self.thread;
        if (t->taken) t->thread_id = fil_os_thread_id();
    }
}

#ifdef FIL_DEBUG
static bool record_is_valid(const struct fil_thread *thread) {
    uint32_t slots = thread->slot_capacity;
    bool is_batched = thread->gross >= 0 && thread->gross <= 2 * FIL_COUNTERS_BATCH &&
                      llabs(thread->delta) <= thread->gross;
    bool has_short = thread->short_slots == (slots < FIL_NODE_LIMIT ? slots : FIL_NODE_LIMIT);
    return is_batched && has_short && !(slots & (slots - 1)) && !slots == !thread->slots;
}

bool fil_thread_is_valid(const struct fil_thread *thread) {
    bool has_stacks = fil_calltree_node_is_valid(thread->creator) &&
                      (!thread->has_root || fil_calltree_node_is_valid(thread->root)) &&
                      (!thread->is_settled || (thread->has_root && !thread->awaits));
    return thread == fil_self.thread &&
           atomic_load_explicit(&thread->busy, memory_order_relaxed) == 1 && has_stacks &&
           record_is_valid(thread);
}

/* Checks that the records are newest first, with all numbers, and that the awaited stack is that of
 * one of them. */
bool fil_threads_is_valid(void) {
    uint32_t number = registry.records, awaited = registry.awaited;
    for (const struct fil_thread *t = fil_threads_first(); t; t = t->next) {
        if (t->number != --number || !record_is_valid(t)) return false;
        if (t->awaits == registry.awaited) awaited = 0;
    }
    return number == 0 && awaited == 0;
}
#endif
