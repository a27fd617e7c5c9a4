/* SPDX-License-Identifier: Apache-2.0 */
#include "codes.h"

#include "../engine/own.h"
#include "../engine/spinlock.h"
#include "frames.h"
#include "text.h"

#define FIRST_CAPACITY 4096u
#define FIRST_FUNCTIONS 2048u
/* About a second: whoever holds the lock for longer is the very thread that a signal handler, who asks, has interrupted. */
#define MAX_WAIT_ROUNDS 1000u

struct entry {
    _Atomic uintptr_t address; /* 0: empty. An address stays; its function goes when the code object dies */
    _Atomic uint32_t function; /* 0: none at present */
};

struct table {
    struct table *older; /* outgrown; a reader may still be in it */
    uint32_t mask, used;
    struct entry entries[];
};

static struct {
    struct fil_spinlock lock;
    _Atomic(struct table *) table;
    struct fil_function *functions; /* [0] is {"", "", 0} */
    uint32_t count, capacity;
    destructor original; /* of code objects, while watched */
    const struct fil_engine *engine;
} codes;

_Atomic uint32_t fil_codes_generation, fil_codes_recording;

static struct entry *find(struct table *table, uintptr_t address) {
    for (uint32_t i = (uint32_t)((address * 0x9E3779B97F4A7C15u) >> 32);; i++) {
        struct entry *entry = &table->entries[i & table->mask];
        uintptr_t there = atomic_load_explicit(&entry->address, memory_order_acquire);
        if (there == address || there == 0) return entry;
    }
}

static size_t table_bytes(uint32_t capacity) {
    return sizeof(struct table) + (size_t)capacity * sizeof(struct entry);
}

static struct table *roomy_table_locked(void) {
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
        atomic_store_explicit(&entry->function, function, memory_order_relaxed);
        atomic_store_explicit(&entry->address, address, memory_order_release);
        larger->used++;
    }
    atomic_store_explicit(&codes.table, larger, memory_order_release);
    return larger;
}

/* A new function with copies of the code object's names, or 0 without memory. */
static uint32_t new_function_locked(PyCodeObject *code) {
    if (codes.count + 1 >= codes.capacity) {
        uint32_t capacity = codes.capacity ? codes.capacity * 2 : FIRST_FUNCTIONS;
        struct fil_function *grown = codes.engine->blackbox_grow(FIL_PIECE_FUNCTIONS, 0, codes.functions,
                                                                 codes.capacity * sizeof *grown, capacity * sizeof *grown);
        if (!grown) return 0;
        codes.functions = grown;
        codes.capacity = capacity;
        if (!codes.count) codes.functions[codes.count++] = (struct fil_function){"", "", 0};
    }
    uint32_t first_line = code->co_firstlineno > 0 ? (uint32_t)code->co_firstlineno : 0;
    codes.functions[codes.count] =
        (struct fil_function){fil_text_copy(code->co_name), fil_text_copy(code->co_filename), first_line};
    return codes.count++;
}

static uint32_t first_sight(uintptr_t address) {
    fil_spinlock_lock(&codes.lock);
    uint32_t function = 0;
    struct table *table = roomy_table_locked();
    if (table) {
        struct entry *entry = find(table, address);
        function = atomic_load_explicit(&entry->function, memory_order_relaxed);
        if (!function && (function = new_function_locked((PyCodeObject *)address))) {
            table->used += atomic_load_explicit(&entry->address, memory_order_relaxed) == 0;
            atomic_store_explicit(&entry->function, function, memory_order_relaxed);
            atomic_store_explicit(&entry->address, address, memory_order_release);
        }
    }
    fil_spinlock_unlock(&codes.lock);
    return function;
}

uint32_t fil_codes_function(uintptr_t address) {
    struct table *table = atomic_load_explicit(&codes.table, memory_order_acquire);
    struct entry *entry = table ? find(table, address) : NULL;
    if (entry && atomic_load_explicit(&entry->address, memory_order_acquire) == address) {
        uint32_t function = atomic_load_explicit(&entry->function, memory_order_relaxed);
        if (function) return function;
    }
    return first_sight(address);
}

static void forget(uintptr_t address) {
    fil_spinlock_lock(&codes.lock);
    struct table *table = atomic_load_explicit(&codes.table, memory_order_relaxed);
    struct entry *entry = table ? find(table, address) : NULL;
    if (entry && atomic_load_explicit(&entry->function, memory_order_relaxed)) {
        atomic_store_explicit(&entry->function, 0, memory_order_relaxed);
        atomic_fetch_add_explicit(&fil_codes_generation, 1, memory_order_release);
    }
    fil_spinlock_unlock(&codes.lock);
}

/* Stands in for code.__dealloc__ while watching: one mechanism for all versions and all sub-interpreters (watchers of
 * code objects came with 3.12, and are each interpreter's own). */
static void destroy(PyObject *code) {
    if (codes.engine->is_recording()) forget((uintptr_t)code);
    codes.original(code);
}

void fil_codes_prepare(const struct fil_engine *engine) {
    codes.engine = engine;
    fil_text_prepare(engine);
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
    codes.engine->blackbox_unmap(codes.functions, codes.capacity * sizeof *codes.functions);
    codes.functions = NULL;
    codes.count = codes.capacity = 0;
    fil_text_clear();
    atomic_fetch_add(&fil_codes_recording, 1);
    atomic_fetch_add(&fil_codes_generation, 1);
}

int fil_codes_copy(struct fil_function **copy, uint32_t *count) {
    static const struct fil_function none = {"", "", 0};
    for (unsigned round = 0; !fil_spinlock_try(&codes.lock); round++) {
        if (round == MAX_WAIT_ROUNDS) return FIL_SNAPSHOT_BUSY;
        fil_os_wait(round);
    }
    *count = codes.count ? codes.count : 1;
    *copy = fil_own_map(*count * sizeof **copy);
    for (uint32_t i = 0; *copy && i < *count; i++) (*copy)[i] = codes.count ? codes.functions[i] : none;
    fil_spinlock_unlock(&codes.lock);
    return *copy ? 0 : FIL_SNAPSHOT_NO_MEMORY;
}

void fil_codes_after_fork(void) {
    fil_spinlock_reset(&codes.lock);
}
