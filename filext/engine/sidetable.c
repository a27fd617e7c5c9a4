/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the few blocks that the live table can't hold. fil_sidetable_put is its main entry, and
 * fil_sidetable_take asks for any large block that isn't in the live table. */
#include "sidetable.h"

#include "../base/own.h"
#include "../base/spinlock.h"
#include "calltree.h"

/* Open addressing: an entry lies at its home, or behind it where that is taken, with no empty one
 * in between. So a search ends at the first empty entry, and taking one out must close the gap. */
struct entry {
    uintptr_t address; /* 0: empty */
    struct fil_block block;
};

static struct {
    struct fil_spinlock lock;
    struct entry *entries; /* guarded by the lock, as is `capacity` */
    size_t capacity;       /* a power of two, or 0 */
    _Atomic size_t used;   /* entries; changed under the lock and read without it */
} side = {.lock = FIL_SPINLOCK(FIL_LOCK_SIDETABLE)};

/* The upper bits of a product depend on all bits of the address. */
static size_t home(uintptr_t address) {
    return (size_t)((address * 0x9E3779B97F4A7C15u) >> 20);
}

/* The entry of `address`, or the empty one where it belongs. The table is never full. */
static struct entry *find_locked(uintptr_t address) {
    fil_spinlock_assert_held(&side.lock);
    size_t i = home(address);
    while (side.entries[i & (side.capacity - 1)].address &&
           side.entries[i & (side.capacity - 1)].address != address)
        i++;
    return &side.entries[i & (side.capacity - 1)];
}

/* At most half full, so that searches stay short. Without memory it may fill up further, but one
 * entry stays empty, or a search would never end. False: no room. */
static bool make_room_locked(void) {
    fil_spinlock_assert_held(&side.lock);
    if (side.used + 1 <= side.capacity / 2) return true;
    size_t old_capacity = side.capacity, capacity = old_capacity ? old_capacity * 2 : 1024;
    struct entry *old = side.entries, *entries = fil_own_map(capacity * sizeof *entries);
    if (!entries) return side.used + 2 <= side.capacity;
    side.entries = entries;
    side.capacity = capacity;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].address) *find_locked(old[i].address) = old[i];
    }
    /* All readers have the lock, so none is in the old table. */
    fil_own_unmap(old, old_capacity * sizeof *old);
    return true;
}

bool fil_sidetable_put(uintptr_t address, struct fil_block block, struct fil_block *displaced,
                       bool *was_there) {
    *was_there = false;
    fil_spinlock_lock(&side.lock);
    bool fits = address && make_room_locked();
    if (fits) {
        struct entry *entry = find_locked(address);
        *was_there = entry->address == address;
        /* A block at this very address, whose end no hook saw. */
        *displaced = entry->block;
        *entry = (struct entry){address, block};
        if (!*was_there) atomic_fetch_add_explicit(&side.used, 1, memory_order_relaxed);
    }
    fil_spinlock_unlock(&side.lock);
    return fits;
}

/* Closes the gap at `gap`: entries that a search would no longer reach move back into it. */
static void close_gap_locked(size_t gap) {
    fil_spinlock_assert_held(&side.lock);
    size_t mask = side.capacity - 1;
    for (size_t i = (gap + 1) & mask; side.entries[i].address; i = (i + 1) & mask) {
        size_t from_home = (i - home(side.entries[i].address)) & mask, from_gap = (i - gap) & mask;
        /* The entry's home lies behind the gap: a search for it begins there, and it may stay. */
        if (from_home < from_gap) continue;
        side.entries[gap] = side.entries[i];
        gap = i;
    }
    side.entries[gap] = (struct entry){0, {0, 0, 0}};
}

static bool find(uintptr_t address, struct fil_block *block, bool take) {
    /* Nearly always it is empty, and each free of an unknown address comes here. A thread that
     * frees a block sees the count of when that was entered, or a later one: whatever handed it the
     * block ordered that. */
    if (atomic_load_explicit(&side.used, memory_order_relaxed) == 0) return false;
    fil_spinlock_lock(&side.lock);
    struct entry *entry = side.capacity ? find_locked(address) : NULL;
    bool found = entry && entry->address == address && address;
    if (found) *block = entry->block;
    if (found && take) {
        close_gap_locked((size_t)(entry - side.entries));
        atomic_fetch_sub_explicit(&side.used, 1, memory_order_relaxed);
    }
    fil_spinlock_unlock(&side.lock);
    return found;
}

bool fil_sidetable_take(uintptr_t address, struct fil_block *block) {
    return find(address, block, true);
}

bool fil_sidetable_find(uintptr_t address, struct fil_block *block) {
    return find(address, block, false);
}

void fil_sidetable_visit(size_t least, fil_visit_block visit, void *context) {
    for (size_t i = 0; i < side.capacity; i++) {
        const struct entry *entry = &side.entries[i];
        if (entry->address && entry->block.bytes >= least)
            visit(entry->address, entry->block, context);
    }
}

void fil_sidetable_clear(void) {
    fil_own_unmap(side.entries, side.capacity * sizeof *side.entries);
    side.entries = NULL;
    side.capacity = 0;
    side.used = 0;
}

void fil_sidetable_after_fork(void) {
    fil_spinlock_reset(&side.lock);
}

#ifdef FIL_DEBUG
/* Every entry is where a search for it ends. */
static bool is_valid_locked(void) {
    fil_spinlock_assert_held(&side.lock);
    /* The table is quiescent, and the lock is taken only because find_locked wants it. */
    size_t used = 0, capacity = side.capacity;
    bool good = !(capacity & (capacity - 1));
    for (size_t i = 0; good && i < capacity; i++) {
        const struct entry *entry = &side.entries[i];
        if (!entry->address) continue;
        good =
            find_locked(entry->address) == entry && fil_calltree_node_is_valid(entry->block.node);
        used++;
    }
    return good && used == side.used && (used < capacity || !capacity);
}

bool fil_sidetable_is_valid(void) {
    fil_spinlock_lock(&side.lock);
    bool good = is_valid_locked();
    fil_spinlock_unlock(&side.lock);
    return good;
}
#endif
