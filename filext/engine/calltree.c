/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the nodes of the call tree and the hash that finds them. fil_calltree_child is its main
 * entry, once for each frame that a walk doesn't remember. */
#include "calltree.h"

#include <stdatomic.h>
#include <stddef.h>

#include "../base/own.h"
#include "../base/spinlock.h"
#include "blackbox.h"
#include "reserve.h"

#define CHUNK_BITS FIL_CALLTREE_CHUNK_BITS
#define CHUNK_NODES (1u << CHUNK_BITS)
#define MAX_CHUNKS FIL_CALLTREE_MOST_CHUNKS
#define FIRST_CAPACITY 4096u
#define MOST_DOUBLINGS 19u
#define NEIGHBOURS 8u /* entries in half a cache line */

/* An entry has the node in as many bits as the table's mask has, since there are fewer nodes than
 * entries, and a tag above them, by which most entries of other keys are passed over without a look
 * at the node. 0: empty. */
struct table {
    uint32_t mask, used;
    _Alignas(2 * NEIGHBOURS * sizeof(uint32_t)) _Atomic uint32_t entries[];
};

static struct {
    struct fil_spinlock lock;
    /* Published by release once it holds all entries of the one before. */
    _Atomic(struct table *) table;
    struct table *outgrown[MOST_DOUBLINGS]; /* former tables, the smallest first; a reader may still
                                               be in one */
    /* How many there are; under the lock, as they are. */
    uint32_t doublings;
    _Atomic(struct fil_calltree_node *) chunks[MAX_CHUNKS]; /* node >> CHUNK_BITS => its chunk */
    _Atomic uint32_t count;                                 /* nodes besides the root */
} tree = {.lock = FIL_SPINLOCK(FIL_LOCK_CALLTREE)};

/* Acquire; pairs with the release in new_node_locked: who has a number finds its chunk. */
static inline const struct fil_calltree_node *node_at(uint32_t node) {
    return atomic_load_explicit(&tree.chunks[node >> CHUNK_BITS], memory_order_acquire) +
           (node & (CHUNK_NODES - 1));
}

/* Of a frame's key: where its search begins, and its entry's tag. */
struct trace {
    uint32_t begin, tag;
};

/* Eight lines of a function under one caller begin side by side, in their order. */
static inline struct trace trace_of(uint32_t parent, uint32_t function, uint32_t line) {
    uint64_t caller = ((uint64_t)parent << 32 | function) * 0x9E3779B97F4A7C15u;
    uint64_t h = caller ^ (uint64_t)(line / NEIGHBOURS) * 0xC2B2AE3D27D4EB4Fu;
    h ^= h >> 29;
    h *= 0xBF58476D1CE4E5B9u;
    uint32_t neighbour = line % NEIGHBOURS;
    uint32_t tag = (uint32_t)(caller >> 32) + line * 0x9E3779B1u;
    return (struct trace){(uint32_t)(h >> 32) / NEIGHBOURS * NEIGHBOURS + neighbour, tag};
}

static inline uint32_t find_in(const struct table *table, uint32_t parent, uint32_t function,
                               uint32_t line) {
    struct trace trace = trace_of(parent, function, line);
    /* Ends at an empty entry, of which there are always some (roomy_table_locked). */
    for (uint32_t i = trace.begin;; i++) {
        uint32_t entry =
            atomic_load_explicit(&table->entries[i & table->mask], memory_order_acquire);
        /* Acquire above: an entry that is seen has a node that is whole. */
        if (entry == 0) return 0;
        if ((entry ^ trace.tag) & ~table->mask) continue;
        const struct fil_calltree_node *node = node_at(entry & table->mask);
        if (node->parent == parent && node->function == function && node->line == line)
            return entry & table->mask;
    }
}

static inline uint32_t find(uint32_t parent, uint32_t function, uint32_t line) {
    const struct table *table = atomic_load_explicit(&tree.table, memory_order_acquire);
    return table ? find_in(table, parent, function, line) : 0;
}

static void insert_locked(struct table *table, uint32_t number) {
    fil_spinlock_assert_held(&tree.lock);
    const struct fil_calltree_node *node = node_at(number);
    struct trace trace = trace_of(node->parent, node->function, node->line);
    uint32_t i = trace.begin, entry = (trace.tag & ~table->mask) | number;
    while (atomic_load_explicit(&table->entries[i & table->mask], memory_order_relaxed)) i++;
    /* The node was written before: its number in an entry is what publishes it. */
    atomic_store_explicit(&table->entries[i & table->mask], entry, memory_order_release);
    table->used++;
}

static size_t table_bytes(uint32_t capacity) {
    return sizeof(struct table) + (size_t)capacity * sizeof(uint32_t);
}

/* A reader that is still in the old table finds nothing there, and asks again under the lock. */
static void outgrow_locked(struct table *table) {
    fil_spinlock_assert_held(&tree.lock);
    tree.outgrown[tree.doublings++] = table;
    fil_own_discard(table, table_bytes(table->mask + 1));
}

/* A table with room for one more entry at a load under 5/8; NULL without memory. */
static struct table *roomy_table_locked(void) {
    fil_spinlock_assert_held(&tree.lock);
    struct table *table = atomic_load_explicit(&tree.table, memory_order_relaxed);
    uint32_t capacity = table ? table->mask + 1 : 0;
    if (table && table->used + 1 <= capacity / 8 * 5) return table;
    uint32_t roomy = table ? capacity * 2 : FIRST_CAPACITY;
    struct table *larger = tree.doublings < MOST_DOUBLINGS ? fil_own_map(table_bytes(roomy)) : NULL;
    /* Without memory a table may fill further, but never to the last entry, because a search ends
     * at an empty one. */
    if (!larger) return table && table->used + 1 < capacity ? table : NULL;
    /* A table is read all over at random, and soon full: huge pages spare it misses of the TLB, and
     * all at once is cheaper than page by page. */
    fil_own_prefer_huge(larger, table_bytes(roomy));
    fil_own_populate(larger, table_bytes(roomy));
    larger->mask = roomy - 1;
    for (uint32_t i = 0; i < capacity; i++) {
        uint32_t entry = atomic_load_explicit(&table->entries[i], memory_order_relaxed);
        if (entry) insert_locked(larger, entry & table->mask);
    }
    atomic_store_explicit(&tree.table, larger, memory_order_release);
    if (table) outgrow_locked(table);
    return larger;
}

/* A new node, or 0 without memory. */
static uint32_t new_node_locked(uint32_t parent, uint32_t function, uint32_t line) {
    fil_spinlock_assert_held(&tree.lock);
    /* Numbers rise, and a parent is there before its child: so every pass over the tree is one
     * loop. */
    uint32_t node = atomic_load_explicit(&tree.count, memory_order_relaxed) + 1;
    if (node >> CHUNK_BITS >= MAX_CHUNKS) return 0;
    struct fil_calltree_node *chunk =
        atomic_load_explicit(&tree.chunks[node >> CHUNK_BITS], memory_order_relaxed);
    if (!chunk) {
        chunk = fil_blackbox_map(FIL_PIECE_NODES, node >> CHUNK_BITS, CHUNK_NODES * sizeof *chunk);
        if (!chunk) return 0;
        atomic_store_explicit(&tree.chunks[node >> CHUNK_BITS], chunk, memory_order_release);
        /* A larger tree needs a larger report. */
        fil_reserve_grow(((node >> CHUNK_BITS) + 1) * CHUNK_NODES);
    }
    chunk[node & (CHUNK_NODES - 1)] = (struct fil_calltree_node){parent, function, line};
    atomic_store_explicit(&tree.count, node, memory_order_release);
    return node;
}

static __attribute__((noinline)) uint32_t add(uint32_t parent, uint32_t function, uint32_t line) {
    fil_spinlock_lock(&tree.lock);
    uint32_t node = find(parent, function, line); /* another thread may have been first */
    struct table *table = node ? NULL : roomy_table_locked();
    if (table) {
        node = new_node_locked(parent, function, line);
        if (node) insert_locked(table, node);
    }
    fil_spinlock_unlock(&tree.lock);
    return node ? node : parent;
}

uint32_t fil_calltree_child(uint32_t parent, uint32_t function, uint32_t line) {
    uint32_t node = find(parent, function, line);
    return node ? node : add(parent, function, line);
}

uint32_t fil_calltree_kind_node(uint32_t stack, enum fil_kind kind) {
    return kind == FIL_KIND_HEAP ? stack : fil_calltree_child(stack, FIL_FUNCTION_KIND + kind, 0);
}

enum fil_kind fil_calltree_kind(uint32_t node) {
    return node == FIL_NODE_ROOT ? FIL_KIND_HEAP : fil_calltree_kind_of(node_at(node)->function);
}

uint32_t fil_calltree_thread_node(uint32_t thread_number) {
    return thread_number ? fil_calltree_child(FIL_NODE_ROOT, FIL_FUNCTION_THREAD + thread_number, 0)
                         : FIL_NODE_ROOT;
}

uint32_t fil_calltree_count(void) {
    return atomic_load_explicit(&tree.count, memory_order_acquire) + 1;
}

struct fil_calltree_node fil_calltree_node(uint32_t node) {
    if (node == FIL_NODE_ROOT) return (struct fil_calltree_node){0, 0, 0};
    return *node_at(node);
}

void fil_calltree_clear(void) {
    /* The sizes of outgrown tables follow from their order. */
    struct table *table = atomic_exchange(&tree.table, NULL);
    if (table) fil_own_unmap(table, table_bytes(table->mask + 1));
    /* Only now: no reader is in a section, so none is in an old table. */
    while (tree.doublings > 0) {
        tree.doublings--;
        fil_own_unmap(tree.outgrown[tree.doublings], table_bytes(FIRST_CAPACITY << tree.doublings));
    }
    for (uint32_t i = 0; i < MAX_CHUNKS; i++) {
        struct fil_calltree_node *chunk = atomic_exchange(&tree.chunks[i], NULL);
        if (!chunk) break;
        fil_blackbox_unmap(chunk, CHUNK_NODES * sizeof *chunk);
    }
    atomic_store(&tree.count, 0);
}

void fil_calltree_after_fork(void) {
    fil_spinlock_reset(&tree.lock);
}

#ifdef FIL_DEBUG
bool fil_calltree_node_is_valid(uint32_t number) {
    if (number == FIL_NODE_ROOT) return true;
    return number < fil_calltree_count() && node_at(number)->function &&
           node_at(number)->parent < number;
}

/* Checks that every entry is found from where a search for it begins, and that each node has one.
 */
static bool table_is_valid(const struct table *table) {
    uint32_t used = 0;
    for (uint32_t i = 0; i <= table->mask; i++) {
        uint32_t entry = atomic_load_explicit(&table->entries[i], memory_order_relaxed),
                 number = entry & table->mask;
        if (!entry) continue;
        if (!number || !fil_calltree_node_is_valid(number)) return false;
        const struct fil_calltree_node *node = node_at(number);
        if (find_in(table, node->parent, node->function, node->line) != number) return false;
        used++;
    }
    bool is_power = !(table->mask & (table->mask + 1));
    return is_power && used == table->used && used == fil_calltree_count() - 1;
}

bool fil_calltree_is_valid(void) {
    const struct table *table = atomic_load(&tree.table);
    for (uint32_t number = 1; number < fil_calltree_count(); number++) {
        if (!fil_calltree_node_is_valid(number)) return false;
    }
    return table ? table_is_valid(table) : fil_calltree_count() == 1;
}
#endif
