/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the table from code objects to functions, and the watch over their destruction.
 * fil_codes_find is its main entry, once for each frame that a walk doesn't remember. */
#include "codes.h"

#include "../base/own.h"
#include "../base/spinlock.h"
#include "../record/event.h"
#include "frames.h"
#include "functions.h"

#define FIRST_CAPACITY 4096u
#define ROLE_SHIFT 29 /* a function's number in an entry has its code object's role above it */
/* About a second: a thread that holds the lock for longer is the very thread that a signal handler,
 * who asks, has interrupted. */
#define MAX_WAIT_ROUNDS 1000u

struct entry {
    _Atomic uintptr_t
        address; /* 0: empty. An address stays; its function goes when the code object dies */
    _Atomic uint32_t function; /* and the role; 0: none at present */
    _Atomic uint32_t serial;   /* valid while there is a function, and written before it */
};

struct table {
    struct table *older; /* outgrown; a reader may still be in it */
    uint32_t mask, used;
    struct entry entries[];
};

static struct {
    struct fil_spinlock lock;
    _Atomic(struct table *) table;   /* published under the lock, by release; read without it */
    uint32_t serial;                 /* of the code object seen last; under the lock */
    destructor original;             /* of code objects, while watched; with the GIL */
    const struct fil_engine *engine; /* written once */
} codes = {.lock = FIL_SPINLOCK(FIL_LOCK_CODES)};

_Atomic uint32_t fil_codes_generation, fil_codes_recording;

/* What threads remember of code objects is of an older generation now. */
static void new_generation(void) {
    atomic_fetch_add_explicit(&fil_codes_generation, 1, memory_order_release);
    atomic_store_explicit(&codes.engine->shortway()->words->gate, NULL, memory_order_seq_cst);
}

static struct entry *find(struct table *table, uintptr_t address) {
    for (uint32_t i = (uint32_t)((address * 0x9E3779B97F4A7C15u) >> 32);; i++) {
        struct entry *entry = &table->entries[i & table->mask];
        uintptr_t there = atomic_load_explicit(&entry->address, memory_order_acquire);
        if (there == address || there == 0) return entry;
    }
}

static struct fil_code known_in(struct entry *entry) {
    uint32_t packed = atomic_load_explicit(&entry->function, memory_order_acquire);
    uint32_t function = packed & ((1u << ROLE_SHIFT) - 1),
             serial = atomic_load_explicit(&entry->serial, memory_order_relaxed);
    return (struct fil_code){function, serial, packed >> ROLE_SHIFT};
}

static size_t table_bytes(uint32_t capacity) {
    return sizeof(struct table) + (size_t)capacity * sizeof(struct entry);
}

static struct table *roomy_table_locked(void) {
    fil_spinlock_assert_held(&codes.lock);
    struct table *table = atomic_load_explicit(&codes.table, memory_order_relaxed);
    uint32_t capacity = table ? table->mask + 1 : FIRST_CAPACITY / 2;
    if (table && table->used + 1 <= capacity / 2) return table;
    struct table *larger = fil_own_map(table_bytes(capacity * 2));
    if (!larger) return table && table->used + 2 <= capacity ? table : NULL;
    larger->mask = capacity * 2 - 1;
    larger->older = table;
    for (uint32_t i = 0; table && i < capacity; i++) {
        uintptr_t address = atomic_load_explicit(&table->entries[i].address, memory_order_relaxed);
        uint32_t function = atomic_load_explicit(&table->entries[i].function, memory_order_relaxed);
        if (!address || !function) continue; /* the dead ones stay behind */
        struct entry *entry = find(larger, address);
        uint32_t serial = atomic_load_explicit(&table->entries[i].serial, memory_order_relaxed);
        atomic_store_explicit(&entry->serial, serial, memory_order_relaxed);
        atomic_store_explicit(&entry->function, function, memory_order_relaxed);
        atomic_store_explicit(&entry->address, address, memory_order_release);
        larger->used++;
    }
    atomic_store_explicit(&codes.table, larger, memory_order_release);
    return larger;
}

static struct fil_code first_sight(uintptr_t address) {
    fil_spinlock_lock(&codes.lock);
    struct fil_code code = {0, 0, FIL_ROLE_NONE};
    struct table *table = roomy_table_locked();
    if (table) {
        struct entry *entry = find(table, address);
        code = known_in(entry);
        if (!code.function && (code.function = fil_functions_number((PyCodeObject *)address))) {
            code.serial = ++codes.serial;
            code.role = fil_role_of((PyCodeObject *)address);
            uint32_t packed = code.function | (uint32_t)code.role << ROLE_SHIFT;
            table->used += atomic_load_explicit(&entry->address, memory_order_relaxed) == 0;
            atomic_store_explicit(&entry->serial, code.serial, memory_order_relaxed);
            atomic_store_explicit(&entry->function, packed, memory_order_release);
            atomic_store_explicit(&entry->address, address, memory_order_release);
        }
    }
    fil_spinlock_unlock(&codes.lock);
    return code;
}

struct fil_code fil_codes_find(uintptr_t address) {
    struct table *table = atomic_load_explicit(&codes.table, memory_order_acquire);
    struct entry *entry = table ? find(table, address) : NULL;
    if (entry && atomic_load_explicit(&entry->address, memory_order_acquire) == address) {
        struct fil_code code = known_in(entry);
        if (code.function) return code;
    }
    return first_sight(address);
}

static void forget(uintptr_t address) {
    fil_spinlock_lock(&codes.lock);
    struct table *table = atomic_load_explicit(&codes.table, memory_order_relaxed);
    struct entry *entry = table ? find(table, address) : NULL;
    if (entry && atomic_load_explicit(&entry->function, memory_order_relaxed)) {
        atomic_store_explicit(&entry->function, 0, memory_order_relaxed);
        new_generation();
    }
    fil_spinlock_unlock(&codes.lock);
}

/* Stands in for code.__dealloc__ while watching: one mechanism for all versions and all
 * sub-interpreters (watchers of code objects came with 3.12, and are each interpreter's own). */
static void destroy(PyObject *code) {
    if (codes.engine->is_recording()) forget((uintptr_t)code);
    codes.original(code);
}

void fil_codes_prepare(const struct fil_engine *engine) {
    codes.engine = engine;
    fil_functions_prepare(engine);
}

void fil_codes_watch(bool on) {
    if (on && PyCode_Type.tp_dealloc != destroy) {
        codes.original = PyCode_Type.tp_dealloc;
        PyCode_Type.tp_dealloc = destroy;
    } else if (!on && PyCode_Type.tp_dealloc == destroy) {
        PyCode_Type.tp_dealloc = codes.original;
    }
}

void fil_codes_clear(void) {
    fil_spinlock_reset(&codes.lock);
    struct table *table = atomic_exchange(&codes.table, NULL);
    while (table) {
        struct table *older = table->older;
        fil_own_unmap(table, table_bytes(table->mask + 1));
        table = older;
    }
    fil_functions_clear();
    atomic_fetch_add(&fil_codes_recording, 1);
    new_generation();
}

int fil_codes_copy(struct fil_function **copy, uint32_t *count) {
    for (unsigned round = 0; !fil_spinlock_try(&codes.lock); round++) {
        if (round == MAX_WAIT_ROUNDS) return FIL_SNAPSHOT_BUSY;
        fil_os_wait(round);
    }
    int error = fil_functions_copy(copy, count);
    fil_spinlock_unlock(&codes.lock);
    return error;
}

void fil_codes_after_fork(void) {
    fil_spinlock_reset(&codes.lock);
}
