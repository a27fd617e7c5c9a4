/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the table from addresses to live blocks, which needs no lock. fil_livetable_put and
 * fil_livetable_take_small are its main entries, once for each block's beginning and end. */
#include "livetable.h"

#include <stdatomic.h>

#include "../base/own.h"
#include "../platform/os.h"
#include "calltree.h"
#include "largeblocks.h"
#include "sidetable.h"

/* The sizes of a granule, as a power of two, and of its entry in bytes. In a region of 16 MiB the
 * tables take 4 MiB, 2 MiB and 256 KiB of address space, of which only pages that are used are
 * memory. */
static const uint8_t granule_bits[FIL_ENTRY_KINDS] = {4, 5, 10};
static const uint8_t entry_bytes[FIL_ENTRY_KINDS] = {4, 4, sizeof(struct fil_big_entry)};
static const uint16_t tail_bytes[FIL_ENTRY_KINDS] = {1u << (FIL_REGION_BITS - FIL_TINY_PAGE_BITS),
                                                     0, 0};

/* Written once each, by compare and exchange, and only emptied while the engine is quiescent. A
 * static array: its pages come from the system when they are touched. */
_Atomic(struct fil_region *) fil_livetable_fans[FIL_FAN];
/* Where nothing was entered: it is only read, and takes no memory. Each place has it from the start
 * of a recording on, so that a look-up needn't ask whether there is a fan. */
static struct fil_region no_regions[FIL_FAN];
bool fil_livetable_is_apart;

void fil_livetable_prepare(bool malloc_is_apart) {
    fil_livetable_is_apart = malloc_is_apart;
}

static inline size_t entries_bytes(enum fil_entry_kind kind) {
    return ((size_t)1 << (FIL_REGION_BITS - granule_bits[kind])) * entry_bytes[kind];
}

static size_t table_bytes(enum fil_entry_kind kind) {
    return entries_bytes(kind) + tail_bytes[kind];
}

static uintptr_t first_of(uintptr_t address) {
    return address >> FIL_REGION_BITS << FIL_REGION_BITS;
}

/* Where a table of the address's region begins, by its biased pointer. */
static char *table_start(uintptr_t biased, enum fil_entry_kind kind, uintptr_t address) {
    return (char *)(biased + fil_entry_offset(kind, first_of(address)));
}

static inline struct fil_region *region_of(uintptr_t address) {
    return fil_region_of(fil_livetable_fans, address);
}

/* The region of an address that something goes into; NULL without memory. Two threads may need the
 * same one, or the same table, at the same time: the one that comes second throws its own away and
 * takes the first's. Without a lock, for allocations in signal handlers end here, too. */
static struct fil_region *region_made(uintptr_t address) {
    _Atomic(struct fil_region *) *pointer =
        &fil_livetable_fans[address >> (FIL_REGION_BITS + FIL_FAN_BITS)];
    struct fil_region *none = no_regions;
    if (atomic_load_explicit(pointer, memory_order_acquire) != none) return region_of(address);
    size_t bytes = FIL_FAN * sizeof(struct fil_region);
    struct fil_region *fan = fil_own_map(bytes);
    if (!fan) return NULL;
    if (!atomic_compare_exchange_strong(pointer, &none, fan)) fil_own_unmap(fan, bytes);
    return region_of(address);
}

/* Makes a table, unless another thread was first. False without memory. Tiny entries are found by
 * their pages' flags, which are known only after their table: who finds the flags finds both. */
static bool make_table(struct fil_region *region, enum fil_entry_kind kind, uintptr_t address) {
    uintptr_t first = first_of(address), none = 0;
    char *table = fil_own_map(table_bytes(kind));
    if (!table) return false;
    uintptr_t biased = (uintptr_t)table - fil_entry_offset(kind, first);
    bool is_first = biased && atomic_compare_exchange_strong(&region->tables[kind], &none, biased);
    if (!is_first) fil_own_unmap(table, table_bytes(kind));
    uintptr_t there = fil_table_of(region, kind);
    if (kind == FIL_TINY && there) {
        uintptr_t pages = (uintptr_t)table_start(there, kind, address) + entries_bytes(kind);
        atomic_store_explicit(&region->tiny_pages, pages - (first >> FIL_TINY_PAGE_BITS),
                              memory_order_release);
    }
    return there;
}

/* The block has no entry of its own: to the side table. */
static __attribute__((noinline)) int put_aside(uintptr_t address, struct fil_block block,
                                               struct fil_block *displaced) {
    bool was_there;
    if (!fil_sidetable_put(address, block, displaced, &was_there)) return 0;
    return FIL_LIVETABLE_ENTERED | (was_there ? FIL_LIVETABLE_DISPLACED : 0);
}

static inline struct fil_block unpack(uint32_t packed) {
    return (struct fil_block){fil_packed_node(packed), 0, fil_packed_bytes(packed)};
}

/* The entry tells what stood there before: nothing, the same block's address, or a neighbour.
 * `kind` is known where this is inlined, and half of it drops out. */
static inline int put_packed(uint32_t *packed, enum fil_entry_kind kind, uintptr_t address,
                             struct fil_block block, struct fil_block *displaced) {
    uint32_t old = *packed, half = fil_half_of(kind, address),
             fresh = fil_packed(block.node, half, block.bytes);
    if (__builtin_expect(!old, 1)) {
        *packed = fresh;
        return FIL_LIVETABLE_ENTERED;
    }
    /* A neighbour has the entry and is alive, as far as we know: another allocator places blocks
     * closer than 32 bytes. At the same address an old block was freed without a hook. */
    if (kind == FIL_SMALL && (old & FIL_PACKED_HALF) != half)
        return put_aside(address, block, displaced);
    *packed = fresh;
    *displaced = unpack(old);
    return FIL_LIVETABLE_ENTERED | FIL_LIVETABLE_DISPLACED;
}

static inline bool has_tiny(struct fil_region *region) {
    return atomic_load_explicit(&region->tiny_pages, memory_order_acquire);
}

static inline int put_tiny(struct fil_region *region, uintptr_t address, struct fil_block block,
                           struct fil_block *displaced) {
    /* Relaxed is enough: the thread that frees the block has it from this one, by whatever ordered
     * that, or the flag was set before. */
    atomic_store_explicit(fil_tiny_page_of(region, address), true, memory_order_relaxed);
    uint32_t *packed = fil_packed_at(fil_table_of(region, FIL_TINY), FIL_TINY, address);
    return put_packed(packed, FIL_TINY, address, block, displaced);
}

/* An entry of a big block has no neighbour but by another allocator: of two that begin in the same
 * 1024 bytes the second one goes aside. */
static inline int put_big(struct fil_big_entry *big, uintptr_t address, struct fil_block block,
                          struct fil_block *displaced) {
    struct fil_big_entry old = *big;
    if (old.unit && old.unit != fil_big_unit(address)) return put_aside(address, block, displaced);
    *big = (struct fil_big_entry){block.node, block.born, block.bytes, fil_big_unit(address)};
    *displaced = (struct fil_block){old.node, old.born, old.bytes};
    return FIL_LIVETABLE_ENTERED | (old.unit ? FIL_LIVETABLE_DISPLACED : 0);
}

static inline bool fits(enum fil_entry_kind kind, uintptr_t address, uint32_t node) {
    return fil_address_is_ordinary(address) && (kind == FIL_BIG || node < FIL_NODE_LIMIT);
}

/* The slow path: there is no table yet, or the block fits in none. */
static __attribute__((noinline)) int put_slowly(uintptr_t address, struct fil_block block,
                                                enum fil_entry_kind kind,
                                                struct fil_block *displaced) {
    struct fil_region *region = fits(kind, address, block.node) ? region_made(address) : NULL;
    if (!region) return put_aside(address, block, displaced);
    bool is_there = kind == FIL_TINY ? has_tiny(region) : fil_table_of(region, kind) != 0;
    if (!is_there && !make_table(region, kind, address)) return 0;
    if (kind == FIL_TINY) return put_tiny(region, address, block, displaced);
    /* Another thread may have made the table since we looked, which is as good. */
    uintptr_t table = fil_table_of(region, kind);
    return kind == FIL_BIG
               ? put_big(fil_big_at(table, address), address, block, displaced)
               : put_packed(fil_packed_at(table, kind, address), kind, address, block, displaced);
}

static __attribute__((noinline)) int put_large(uintptr_t address, struct fil_block block,
                                               struct fil_block *displaced) {
    uintptr_t table =
        fil_address_is_ordinary(address) ? fil_table_of(region_of(address), FIL_BIG) : 0;
    int result = table ? put_big(fil_big_at(table, address), address, block, displaced)
                       : put_slowly(address, block, FIL_BIG, displaced);
    if (result & FIL_LIVETABLE_DISPLACED && displaced->bytes >= FIL_LARGE_BLOCK)
        fil_largeblocks_remove(address);
    if (result & FIL_LIVETABLE_ENTERED && block.bytes >= FIL_LARGE_BLOCK)
        fil_largeblocks_add(address, block);
    return result;
}

/* Nearly all blocks are small or tiny, so the other paths are out of line. */
int fil_livetable_put(uintptr_t address, struct fil_block block, bool by_malloc,
                      struct fil_block *displaced) {
    if (__builtin_expect(block.bytes > FIL_SMALL_MAX, 0))
        return put_large(address, block, displaced);
    enum fil_entry_kind kind = fil_livetable_kind_of(block.bytes, by_malloc);
    /* Here and below only the first blocks of a region, and odd ones, take the slow path. */
    if (__builtin_expect(!fits(FIL_SMALL, address, block.node), 0))
        return put_slowly(address, block, kind, displaced);
    struct fil_region *region = region_of(address);
    if (kind == FIL_TINY && has_tiny(region)) return put_tiny(region, address, block, displaced);
    uintptr_t table = kind == FIL_SMALL ? fil_table_of(region, FIL_SMALL) : 0;
    if (__builtin_expect(!table, 0)) return put_slowly(address, block, kind, displaced);
    return put_packed(fil_packed_at(table, FIL_SMALL, address), FIL_SMALL, address, block,
                      displaced);
}

static inline bool find_packed(const uint32_t *packed, enum fil_entry_kind kind, uintptr_t address,
                               struct fil_block *block) {
    if (!*packed || (*packed & FIL_PACKED_HALF) != fil_half_of(kind, address)) return false;
    *block = unpack(*packed);
    return true;
}

/* The entry of a block of at most 1008 bytes, which it reads; NULL when it has none. */
static inline uint32_t *small_entry(struct fil_region *region, uintptr_t address,
                                    struct fil_block *block) {
    uintptr_t small = fil_table_of(region, FIL_SMALL);
    uint32_t *packed = small ? fil_packed_at(small, FIL_SMALL, address) : NULL;
    if (packed && find_packed(packed, FIL_SMALL, address, block)) return packed;
    if (!has_tiny(region) ||
        !atomic_load_explicit(fil_tiny_page_of(region, address), memory_order_relaxed))
        return NULL;
    packed = fil_packed_at(fil_table_of(region, FIL_TINY), FIL_TINY, address);
    return find_packed(packed, FIL_TINY, address, block) ? packed : NULL;
}

bool fil_livetable_take_small(uintptr_t address, struct fil_block *block) {
    if (__builtin_expect(!fil_address_is_ordinary(address), 0)) return false;
    uint32_t *packed = small_entry(region_of(address), address, block);
    if (packed) *packed = 0;
    return packed;
}

/* The entry of a larger block, which it reads. NULL: the block is in the side table, or it is older
 * than the recording. */
static struct fil_big_entry *big_entry(uintptr_t address, struct fil_block *block) {
    uintptr_t table =
        fil_address_is_ordinary(address) ? fil_table_of(region_of(address), FIL_BIG) : 0;
    struct fil_big_entry *big = table ? fil_big_at(table, address) : NULL;
    if (!big || big->unit != fil_big_unit(address)) return NULL;
    *block = (struct fil_block){big->node, big->born, big->bytes};
    return big;
}

bool fil_livetable_take_other(uintptr_t address, struct fil_block *block) {
    struct fil_big_entry *big = big_entry(address, block);
    if (big) *big = (struct fil_big_entry){0, 0, 0, 0};
    bool taken = big || fil_sidetable_take(address, block);
    if (taken && block->bytes >= FIL_LARGE_BLOCK) fil_largeblocks_remove(address);
    return taken;
}

bool fil_livetable_take(uintptr_t address, struct fil_block *block) {
    return fil_livetable_take_small(address, block) || fil_livetable_take_other(address, block);
}

bool fil_livetable_find(uintptr_t address, struct fil_block *block) {
    if (fil_address_is_ordinary(address) && small_entry(region_of(address), address, block))
        return true;
    return big_entry(address, block) || fil_sidetable_find(address, block);
}

static uintptr_t region_start(uintptr_t fan, uintptr_t region) {
    return (fan << FIL_FAN_BITS | region) << FIL_REGION_BITS;
}

/* Quiescent, so no reader has a pointer into what is unmapped. */
static void clear_region(struct fil_region *region, uintptr_t first) {
    for (enum fil_entry_kind kind = 0; kind < FIL_ENTRY_KINDS; kind++) {
        uintptr_t table = fil_table_of(region, kind);
        if (table) fil_own_unmap(table_start(table, kind, first), table_bytes(kind));
    }
}

static void clear_fan(struct fil_region *fan, uintptr_t number) {
    for (uintptr_t r = 0; r < FIL_FAN; r++) clear_region(&fan[r], region_start(number, r));
    fil_own_unmap(fan, FIL_FAN * sizeof *fan);
}

/* Before the first recording each place is NULL. */
void fil_livetable_clear(void) {
    for (uintptr_t f = 0; f < FIL_FAN; f++) {
        struct fil_region *fan = atomic_exchange(&fil_livetable_fans[f], no_regions);
        if (fan && fan != no_regions) clear_fan(fan, f);
    }
    fil_sidetable_clear();
}

#ifdef FIL_DEBUG
/* Reads the entry whose granule begins at `*address`, which becomes the block's address; false
 * where it is empty. */
static bool entry_says(enum fil_entry_kind kind, const void *entry, uintptr_t *address,
                       struct fil_block *block) {
    if (kind == FIL_BIG) {
        const struct fil_big_entry *big = entry;
        *address += ((uintptr_t)big->unit - 1) * 16;
        *block = (struct fil_block){big->node, big->born, big->bytes};
        return big->unit;
    }
    uint32_t packed = *(const uint32_t *)entry;
    *address += kind == FIL_SMALL && packed & FIL_PACKED_HALF ? 16 : 0;
    *block = unpack(packed);
    return packed;
}

/* Returns false when `visit` did, which ends the pass. Pages of a table that aren't resident were
 * never written. */
typedef bool (*visit_entry)(enum fil_entry_kind kind, uintptr_t address, struct fil_block block,
                            void *context);
static bool visit_table(enum fil_entry_kind kind, const char *table, uintptr_t start,
                        visit_entry visit, void *context) {
    static unsigned char resident[4 << 20 >> 12];
    size_t in_a_page = FIL_OS_PAGE / entry_bytes[kind], pages = entries_bytes(kind) / FIL_OS_PAGE;
    if (!fil_os_resident_pages((uintptr_t)table, pages, resident)) return false;
    for (size_t i = 0; i < pages * in_a_page; i++) {
        if (!(resident[i / in_a_page] & 1)) {
            i += in_a_page - 1;
            continue;
        }
        uintptr_t address = start + (i << granule_bits[kind]);
        struct fil_block block;
        if (entry_says(kind, table + i * entry_bytes[kind], &address, &block) &&
            !visit(kind, address, block, context))
            return false;
    }
    return true;
}

static bool visit_tables(visit_entry visit, void *context) {
    bool good = true;
    for (uintptr_t f = 0; f < FIL_FAN; f++) {
        struct fil_region *fan = atomic_load_explicit(&fil_livetable_fans[f], memory_order_relaxed);
        for (uintptr_t r = 0; fan && fan != no_regions && r < FIL_FAN; r++) {
            for (enum fil_entry_kind kind = 0; good && kind < FIL_ENTRY_KINDS; kind++) {
                uintptr_t table = fil_table_of(&fan[r], kind), first = region_start(f, r);
                if (table)
                    good =
                        visit_table(kind, table_start(table, kind, first), first, visit, context);
            }
        }
    }
    return good;
}

static bool is_where_it_belongs(enum fil_entry_kind kind, uintptr_t address, struct fil_block block,
                                void *context) {
    static const size_t least[FIL_ENTRY_KINDS] = {0, 0, FIL_SMALL_MAX + 1},
                        most[FIL_ENTRY_KINDS] = {FIL_TINY_MAX, FIL_SMALL_MAX, (uint64_t)1 << 56};
    (void)context;
    if (kind == FIL_SMALL && block.bytes <= FIL_TINY_MAX && !fil_livetable_is_apart) return false;
    bool fits_there =
        fil_address_is_ordinary(address) && block.bytes >= least[kind] && block.bytes <= most[kind];
    return fits_there && fil_calltree_node_is_valid(block.node);
}

bool fil_livetable_is_valid(void) {
    return visit_tables(is_where_it_belongs, NULL) && fil_sidetable_is_valid();
}

struct shown {
    fil_visit_block visit;
    void *context;
};

static bool show(enum fil_entry_kind kind, uintptr_t address, struct fil_block block,
                 void *context) {
    const struct shown *shown = context;
    (void)kind;
    shown->visit(address, block, shown->context);
    return true;
}

void fil_livetable_visit(fil_visit_block visit, void *context) {
    visit_tables(show, &(struct shown){visit, context});
    fil_sidetable_visit(0, visit, context);
}
#endif
