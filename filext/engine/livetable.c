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

#define REGION_BITS 24
#define FAN_BITS 12 /* two levels of 4096 above the regions: 48 bits of address */
#define FAN (1u << FAN_BITS)
#define NODE_LIMIT (1u << 21)
#define TINY_MAX 16u
#define SMALL_MAX 1008u

/* An entry is written by the thread that owns the block at that moment and read by none other. What
 * orders two owners of one address is the allocator's own lock: it gave the address to the second
 * after the first had freed it. */
struct big_entry {
    uint32_t node, born;
    uint64_t bytes : 56;
    uint64_t unit
        : 8; /* 1 + the number of the granule's 16 bytes at which the block begins; 0: empty */
};

/* The sizes of a granule, as a power of two, and of its entry in bytes. In a region of 16 MiB the
 * tables take 4 MiB, 2 MiB and 256 KiB of address space, of which only pages that are used are
 * memory. */
enum kind { TINY, SMALL, BIG, KINDS };
static const uint8_t granule_bits[KINDS] = {4, 5, 10};
static const uint8_t entry_bytes[KINDS] = {4, 4, sizeof(struct big_entry)};

/* Behind the entries of tiny blocks a flag for each page of them: whether it was ever written. The
 * system makes a page even for a read, and nearly all reads of this table are for an address that
 * isn't in it: without the flags an import of pandas makes 2,000 pages for nothing. */
#define ENTRY_PAGE_BITS 14 /* so much memory, 2^14 bytes, has its tiny entries in one page */
#define ENTRY_PAGES (1u << (REGION_BITS - ENTRY_PAGE_BITS))
static const uint16_t tail_bytes[KINDS] = {ENTRY_PAGES, 0, 0};

struct region {
    _Atomic(void *) tables[KINDS];
} __attribute__((aligned(32))); /* a power of two, so that finding one takes no multiplication */

/* Written once each, by compare and exchange, and only emptied while the engine is quiescent. A
 * static array: its pages come from the system when they are touched. */
static _Atomic(struct region *) fans[FAN]; /* address >> 36 => 4096 regions */
static bool malloc_is_apart;

void fil_livetable_prepare(bool is_apart) {
    malloc_is_apart = is_apart;
}

static inline size_t entries_bytes(enum kind kind) {
    return ((size_t)1 << (REGION_BITS - granule_bits[kind])) * entry_bytes[kind];
}

static size_t table_bytes(enum kind kind) {
    return entries_bytes(kind) + tail_bytes[kind];
}

/* Two threads may need the same table at the same time: the one that comes second throws its own
 * away and takes the first's. Without a lock, for allocations in signal handlers end here, too.
 * NULL without memory. */
static void *published(_Atomic(void *) *pointer, size_t bytes) {
    void *fresh = fil_own_map(bytes), *expected = NULL;
    if (!fresh || atomic_compare_exchange_strong(pointer, &expected, fresh)) return fresh;
    fil_own_unmap(fresh, bytes);
    return expected;
}

/* The region of an ordinary address; NULL where nothing was entered yet. */
static inline struct region *region_of(uintptr_t address) {
    struct region *fan =
        atomic_load_explicit(&fans[address >> (REGION_BITS + FAN_BITS)], memory_order_acquire);
    return fan ? &fan[(address >> REGION_BITS) & (FAN - 1)] : NULL;
}

/* As region_of, and makes it where there is none. NULL without memory. */
static struct region *region_made(uintptr_t address) {
    struct region *region = region_of(address);
    if (region) return region;
    published((_Atomic(void *) *)&fans[address >> (REGION_BITS + FAN_BITS)],
              FAN * sizeof(struct region));
    return region_of(address);
}

static inline void *entry_in(char *table, enum kind kind, uintptr_t address) {
    size_t index = (address & (((uintptr_t)1 << REGION_BITS) - 1)) >> granule_bits[kind];
    return table + index * entry_bytes[kind];
}

/* The entry of `kind` for `address`, or NULL where there is no table. */
static inline void *entry_at(struct region *region, enum kind kind, uintptr_t address) {
    char *table = atomic_load_explicit(&region->tables[kind], memory_order_acquire);
    return table ? entry_in(table, kind, address) : NULL;
}

/* The flag of the page of tiny entries that has the address's entry. */
static inline atomic_bool *may_be_tiny(char *tiny, uintptr_t address) {
    return (atomic_bool *)(tiny + entries_bytes(TINY)) + (address >> ENTRY_PAGE_BITS) % ENTRY_PAGES;
}

/* Of a granule of 32 bytes a small block may begin in either half, and never in both: the bit tells
 * the address exactly. Of tiny ones each half has an entry, and the bit says only that the entry is
 * in use, so that a block of no bytes and node 0 isn't taken for none. */
static inline uint32_t half_of(enum kind kind, uintptr_t address) {
    return kind == TINY ? 1 : (uint32_t)(address >> 4) & 1;
}

/* Which 16 bytes of its 1024 the block begins at, from 1 on. */
static inline uint32_t big_unit(uintptr_t address) {
    return (uint32_t)((address >> 4) & 63) + 1;
}

/* The block has no entry of its own: to the side table. */
static __attribute__((noinline)) int put_aside(uintptr_t address, struct fil_block block,
                                               struct fil_block *displaced) {
    bool was_there;
    if (!fil_sidetable_put(address, block, displaced, &was_there)) return 0;
    return FIL_LIVETABLE_ENTERED | (was_there ? FIL_LIVETABLE_DISPLACED : 0);
}

/* node 21 bits | half 1 | size 10: the node fills what the other two leave. */
static inline struct fil_block unpack(uint32_t packed) {
    return (struct fil_block){packed >> 11, 0, packed & 1023};
}

/* The entry tells what stood there before: nothing, the same block's address, or a neighbour.
 * `kind` is known where this is inlined, and half of it drops out. */
static inline int put_packed(uint32_t *packed, enum kind kind, uintptr_t address,
                             struct fil_block block, struct fil_block *displaced) {
    uint32_t old = *packed, half = half_of(kind, address),
             fresh = block.node << 11 | half << 10 | (uint32_t)block.bytes;
    if (__builtin_expect(!old, 1)) {
        *packed = fresh;
        return FIL_LIVETABLE_ENTERED;
    }
    /* A neighbour has the entry and is alive, as far as we know: another allocator places blocks
     * closer than 32 bytes. At the same address an old block was freed without a hook. */
    if (kind == SMALL && (old >> 10 & 1) != half) return put_aside(address, block, displaced);
    *packed = fresh;
    *displaced = unpack(old);
    return FIL_LIVETABLE_ENTERED | FIL_LIVETABLE_DISPLACED;
}

static inline int put_tiny(char *tiny, uintptr_t address, struct fil_block block,
                           struct fil_block *displaced) {
    /* Relaxed is enough: the thread that frees the block has it from this one, by whatever ordered
     * that, or the flag was set before. */
    atomic_store_explicit(may_be_tiny(tiny, address), true, memory_order_relaxed);
    return put_packed(entry_in(tiny, TINY, address), TINY, address, block, displaced);
}

/* An entry of a big block has no neighbour but by another allocator: of two that begin in the same
 * 1024 bytes the second one goes aside. */
static inline int put_big(struct big_entry *big, uintptr_t address, struct fil_block block,
                          struct fil_block *displaced) {
    struct big_entry old = *big;
    if (old.unit && old.unit != big_unit(address)) return put_aside(address, block, displaced);
    *big = (struct big_entry){block.node, block.born, block.bytes, big_unit(address)};
    *displaced = (struct fil_block){old.node, old.born, old.bytes};
    return FIL_LIVETABLE_ENTERED | (old.unit ? FIL_LIVETABLE_DISPLACED : 0);
}

/* A multiple of 16 below 2^48, in one test. */
static inline bool is_ordinary(uintptr_t address) {
    return !(address & (~(((uintptr_t)1 << (REGION_BITS + 2 * FAN_BITS)) - 1) | 15));
}

static inline bool fits(enum kind kind, uintptr_t address, uint32_t node) {
    return is_ordinary(address) && (kind == BIG || node < NODE_LIMIT);
}

/* Tiny blocks of malloc lie as far apart as small ones where malloc is glibc's; those of pymalloc
 * don't. */
static inline enum kind kind_of(size_t bytes, bool by_malloc) {
    if (bytes > SMALL_MAX) return BIG;
    return bytes > TINY_MAX || (by_malloc && malloc_is_apart) ? SMALL : TINY;
}

/* The slow path: there is no table yet, or the block fits in none. */
static __attribute__((noinline)) int put_slowly(uintptr_t address, struct fil_block block,
                                                enum kind kind, struct fil_block *displaced) {
    struct region *region = fits(kind, address, block.node) ? region_made(address) : NULL;
    if (!region) return put_aside(address, block, displaced);
    if (!entry_at(region, kind, address) && !published(&region->tables[kind], table_bytes(kind)))
        return 0;
    char *table = atomic_load_explicit(&region->tables[kind], memory_order_acquire);
    /* Another thread may have made the table since we looked, which is as good. */
    if (kind == TINY) return put_tiny(table, address, block, displaced);
    void *entry = entry_in(table, kind, address);
    return kind == BIG ? put_big(entry, address, block, displaced)
                       : put_packed(entry, kind, address, block, displaced);
}

static __attribute__((noinline)) int put_large(uintptr_t address, struct fil_block block,
                                               struct fil_block *displaced) {
    struct region *region = is_ordinary(address) ? region_of(address) : NULL;
    struct big_entry *big = region ? entry_at(region, BIG, address) : NULL;
    int result =
        big ? put_big(big, address, block, displaced) : put_slowly(address, block, BIG, displaced);
    if (result & FIL_LIVETABLE_DISPLACED && displaced->bytes >= FIL_LARGE_BLOCK)
        fil_largeblocks_remove(address);
    if (result & FIL_LIVETABLE_ENTERED && block.bytes >= FIL_LARGE_BLOCK)
        fil_largeblocks_add(address, block);
    return result;
}

/* Nearly all blocks are small or tiny, so the other paths are out of line. */
int fil_livetable_put(uintptr_t address, struct fil_block block, bool by_malloc,
                      struct fil_block *displaced) {
    if (__builtin_expect(block.bytes > SMALL_MAX, 0)) return put_large(address, block, displaced);
    enum kind kind = kind_of(block.bytes, by_malloc);
    struct region *region =
        __builtin_expect(fits(SMALL, address, block.node), 1) ? region_of(address) : NULL;
    /* Here and below only the first blocks of a region, and odd ones, take the slow path. */
    if (__builtin_expect(!region, 0)) return put_slowly(address, block, kind, displaced);
    char *tiny =
        kind == TINY ? atomic_load_explicit(&region->tables[TINY], memory_order_acquire) : NULL;
    if (tiny) return put_tiny(tiny, address, block, displaced);
    uint32_t *packed = kind == SMALL ? entry_at(region, SMALL, address) : NULL;
    if (__builtin_expect(!packed, 0)) return put_slowly(address, block, kind, displaced);
    return put_packed(packed, SMALL, address, block, displaced);
}

static inline bool take_packed(uint32_t *packed, enum kind kind, uintptr_t address,
                               struct fil_block *block) {
    if (!packed || !*packed || (*packed >> 10 & 1) != half_of(kind, address)) return false;
    *block = unpack(*packed);
    *packed = 0;
    return true;
}

static inline bool take_tiny(struct region *region, uintptr_t address, struct fil_block *block) {
    char *tiny = atomic_load_explicit(&region->tables[TINY], memory_order_acquire);
    return tiny && atomic_load_explicit(may_be_tiny(tiny, address), memory_order_relaxed) &&
           take_packed(entry_in(tiny, TINY, address), TINY, address, block);
}

bool fil_livetable_take_small(uintptr_t address, struct fil_block *block) {
    struct region *region = __builtin_expect(is_ordinary(address), 1) ? region_of(address) : NULL;
    if (__builtin_expect(!region, 0)) return false;
    return take_packed(entry_at(region, SMALL, address), SMALL, address, block) ||
           take_tiny(region, address, block);
}

static inline bool take_big(uintptr_t address, struct fil_block *block) {
    struct region *region = is_ordinary(address) ? region_of(address) : NULL;
    struct big_entry *big = region ? entry_at(region, BIG, address) : NULL;
    /* No entry of this very address: the block is in the side table, or it is older than the
     * recording. */
    if (!big || big->unit != big_unit(address)) return fil_sidetable_take(address, block);
    *block = (struct fil_block){big->node, big->born, big->bytes};
    *big = (struct big_entry){0, 0, 0, 0};
    return true;
}

bool fil_livetable_take_other(uintptr_t address, struct fil_block *block) {
    bool taken = take_big(address, block);
    if (taken && block->bytes >= FIL_LARGE_BLOCK) fil_largeblocks_remove(address);
    return taken;
}

bool fil_livetable_take(uintptr_t address, struct fil_block *block) {
    return fil_livetable_take_small(address, block) || fil_livetable_take_other(address, block);
}

static bool find_packed(const uint32_t *packed, enum kind kind, uintptr_t address,
                        struct fil_block *block) {
    if (!packed || !*packed || (*packed >> 10 & 1) != half_of(kind, address)) return false;
    *block = unpack(*packed);
    return true;
}

/* As take, without the flags of tiny pages: it is called for objects that are there (givenwork.h),
 * rarely. */
bool fil_livetable_find(uintptr_t address, struct fil_block *block) {
    struct region *region = is_ordinary(address) ? region_of(address) : NULL;
    if (!region) return fil_sidetable_find(address, block);
    if (find_packed(entry_at(region, SMALL, address), SMALL, address, block)) return true;
    if (find_packed(entry_at(region, TINY, address), TINY, address, block)) return true;
    const struct big_entry *big = entry_at(region, BIG, address);
    if (!big || big->unit != big_unit(address)) return fil_sidetable_find(address, block);
    *block = (struct fil_block){big->node, big->born, big->bytes};
    return true;
}

/* Quiescent, so no reader has a pointer into what is unmapped. */
static void clear_fan(struct region *fan) {
    for (uint32_t i = 0; i < FAN; i++) {
        for (enum kind kind = 0; kind < KINDS; kind++) {
            void *table = atomic_load_explicit(&fan[i].tables[kind], memory_order_relaxed);
            if (table) fil_own_unmap(table, table_bytes(kind));
        }
    }
    fil_own_unmap(fan, FAN * sizeof *fan);
}

void fil_livetable_clear(void) {
    for (uint32_t i = 0; i < FAN; i++) {
        struct region *fan = atomic_exchange(&fans[i], NULL);
        if (fan) clear_fan(fan);
    }
    fil_sidetable_clear();
}

#ifdef FIL_DEBUG
/* Reads the entry whose granule begins at `*address`, which becomes the block's address; false
 * where it is empty. */
static bool entry_says(enum kind kind, const void *entry, uintptr_t *address,
                       struct fil_block *block) {
    if (kind == BIG) {
        const struct big_entry *big = entry;
        *address += ((uintptr_t)big->unit - 1) * 16;
        *block = (struct fil_block){big->node, big->born, big->bytes};
        return big->unit;
    }
    uint32_t packed = *(const uint32_t *)entry;
    *address += kind == SMALL ? (packed >> 10 & 1) * 16 : 0;
    *block = unpack(packed);
    return packed;
}

/* Returns false when `visit` did, which ends the pass. Pages of a table that aren't resident were
 * never written. */
typedef bool (*visit_entry)(enum kind kind, uintptr_t address, struct fil_block block,
                            void *context);
static bool visit_table(enum kind kind, const char *table, uintptr_t start, visit_entry visit,
                        void *context) {
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
    for (uintptr_t f = 0; f < FAN; f++) {
        struct region *fan = atomic_load_explicit(&fans[f], memory_order_relaxed);
        for (uintptr_t r = 0; fan && r < FAN; r++) {
            for (enum kind kind = 0; good && kind < KINDS; kind++) {
                const char *table =
                    atomic_load_explicit(&fan[r].tables[kind], memory_order_relaxed);
                if (table)
                    good = visit_table(kind, table, (f << FAN_BITS | r) << REGION_BITS, visit,
                                       context);
            }
        }
    }
    return good;
}

static bool is_where_it_belongs(enum kind kind, uintptr_t address, struct fil_block block,
                                void *context) {
    static const size_t least[KINDS] = {0, 0, SMALL_MAX + 1},
                        most[KINDS] = {TINY_MAX, SMALL_MAX, (uint64_t)1 << 56};
    (void)context;
    if (kind == SMALL && block.bytes <= TINY_MAX && !malloc_is_apart) return false;
    bool fits_there =
        is_ordinary(address) && block.bytes >= least[kind] && block.bytes <= most[kind];
    return fits_there && fil_calltree_node_is_valid(block.node);
}

bool fil_livetable_is_valid(void) {
    return visit_tables(is_where_it_belongs, NULL) && fil_sidetable_is_valid();
}

struct shown {
    fil_visit_block visit;
    void *context;
};

static bool show(enum kind kind, uintptr_t address, struct fil_block block, void *context) {
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
