/* SPDX-License-Identifier: Apache-2.0 */
/* Where the live table (engine/livetable.h) keeps a block, and what it keeps there.
 *
 * A region's pointers are biased: each is the table less the offset that the region's first address
 * would have, so that the whole address is the index, and no part of it has to be cut off first. */
#ifndef FIL_LIVEENTRIES_H
#define FIL_LIVEENTRIES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIL_REGION_BITS 24
#define FIL_FAN_BITS 12 /* two levels of 4096 above the regions: 48 bits of address */
#define FIL_FAN (1u << FIL_FAN_BITS)
#define FIL_NODE_LIMIT (1u << 21) /* a node from here on fits no packed entry */
#define FIL_TINY_MAX 16u
#define FIL_SMALL_MAX 1008u
/* Behind the entries of tiny blocks a flag for each page of them: whether it was ever written. The
 * system makes a page even for a read, and nearly all reads of this table are for an address that
 * isn't in it: without the flags an import of pandas makes 2,000 pages for nothing. */
#define FIL_TINY_PAGE_BITS 14 /* so much memory, 2^14 bytes, has its tiny entries in one page */

enum fil_entry_kind { FIL_TINY, FIL_SMALL, FIL_BIG, FIL_ENTRY_KINDS };

struct fil_region {
    /* Biased; 0: there is none yet. */
    _Atomic uintptr_t tables[FIL_ENTRY_KINDS];
    _Atomic uintptr_t tiny_pages;
} __attribute__((aligned(32))); /* a power of two, so that finding one takes no multiplication */

/* An entry is written by the thread that owns the block at that moment and read by none other. What
 * orders two owners of one address is the allocator's own lock: it gave the address to the second
 * after the first had freed it. */
struct fil_big_entry {
    uint32_t node, born;
    uint64_t bytes : 56;
    uint64_t unit
        : 8; /* 1 + the number of the granule's 16 bytes at which the block begins; 0: empty */
};

/* A multiple of 16 below 2^48, in one test. */
static inline bool fil_address_is_ordinary(uintptr_t address) {
    return !(address & (~(((uintptr_t)1 << (FIL_REGION_BITS + 2 * FIL_FAN_BITS)) - 1) | 15));
}

/* The region of an ordinary address. Where nothing was entered yet it is one without tables. */
static inline struct fil_region *fil_region_of(_Atomic(struct fil_region *) *fans,
                                               uintptr_t address) {
    struct fil_region *fan = atomic_load_explicit(
        &fans[address >> (FIL_REGION_BITS + FIL_FAN_BITS)], memory_order_acquire);
    return &fan[(address >> FIL_REGION_BITS) & (FIL_FAN - 1)];
}

static inline uintptr_t fil_table_of(struct fil_region *region, enum fil_entry_kind kind) {
    return atomic_load_explicit(&region->tables[kind], memory_order_acquire);
}

/* How far the entry of an address lies behind a table's biased pointer. */
static inline uintptr_t fil_entry_offset(enum fil_entry_kind kind, uintptr_t address) {
    if (kind == FIL_TINY) return address >> 2; /* 4 bytes of 16 */
    if (kind == FIL_SMALL) return (address >> 5) * sizeof(uint32_t);
    return (address >> 10) * sizeof(struct fil_big_entry);
}

static inline uint32_t *fil_packed_at(uintptr_t table, enum fil_entry_kind kind,
                                      uintptr_t address) {
    return (uint32_t *)(table + fil_entry_offset(kind, address));
}

static inline struct fil_big_entry *fil_big_at(uintptr_t table, uintptr_t address) {
    return (struct fil_big_entry *)(table + fil_entry_offset(FIL_BIG, address));
}

/* The flag of the page of tiny entries that has the address's entry. */
static inline atomic_bool *fil_tiny_page_of(struct fil_region *region, uintptr_t address) {
    uintptr_t pages = atomic_load_explicit(&region->tiny_pages, memory_order_relaxed);
    return (atomic_bool *)(pages + (address >> FIL_TINY_PAGE_BITS));
}

/* A packed entry: node 21 bits | half 1 | size 10, the node fills what the other two leave. Of a
 * granule of 32 bytes a small block may begin in either half, and never in both: the bit tells the
 * address exactly. Of tiny ones each half has an entry, and the bit says only that the entry is in
 * use, so that a block of no bytes and node 0 isn't taken for none. */
#define FIL_PACKED_HALF 1024u
static inline uint32_t fil_half_of(enum fil_entry_kind kind, uintptr_t address) {
    return kind == FIL_TINY ? FIL_PACKED_HALF : (uint32_t)(address << 6) & FIL_PACKED_HALF;
}

static inline uint32_t fil_packed(uint32_t node, uint32_t half, size_t bytes) {
    return node << 11 | half | (uint32_t)bytes;
}

static inline uint32_t fil_packed_node(uint32_t packed) {
    return packed >> 11;
}

static inline uint32_t fil_packed_bytes(uint32_t packed) {
    return packed & (FIL_PACKED_HALF - 1);
}

/* Which 16 bytes of its 1024 the block begins at, from 1 on. */
static inline uint32_t fil_big_unit(uintptr_t address) {
    return (uint32_t)((address >> 4) & 63) + 1;
}

#endif
