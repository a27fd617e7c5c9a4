/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the table of which node each resident page counts for. fil_residency_look_locked is its main
 * entry. */
#include "residency.h"

#include <string.h>

#include "../base/own.h"
#include "../platform/os.h"
#include "counters.h"
#include "ranges.h"

#define PAGE_BITS 12
#define REGION_BITS 24
#define FAN_BITS 12
#define FAN ((uintptr_t)1 << FAN_BITS)
#define REGION_PAGES ((uintptr_t)1 << (REGION_BITS - PAGE_BITS))
#define FAN_BYTES (FAN * sizeof(struct region *))

/* Of each page: the node that it counts for, 0 where it doesn't count; and whether it counts, as 1
 * or 0 like the system's answer, so that both can be compared by memcmp. */
struct region {
    uint32_t nodes[REGION_PAGES];
    unsigned char counts[REGION_PAGES];
};

/* Guarded by the mappings' lock, as all state here. Made where something is resident, and only
 * emptied by clearing: an arena that grew once mostly grows again. */
static struct region **fans[FAN];
/* Pages in all regions; and without those from before the recording. Guarded by the mappings' lock.
 */
static int64_t known_pages, counted_pages;

/* Returns the address's region; NULL where there is none and `make` is false, or without memory. */
static struct region *region_of(uintptr_t address, bool make) {
    /* Beyond 48 bits only a program that asks for it maps anything. */
    if (address >> (REGION_BITS + 2 * FAN_BITS)) return NULL;
    struct region ***fan = &fans[address >> (REGION_BITS + FAN_BITS)];
    if (!*fan && make) *fan = fil_own_map(FAN_BYTES);
    if (!*fan) return NULL;
    struct region **region = &(*fan)[address >> REGION_BITS & (FAN - 1)];
    if (!*region && make) *region = fil_own_map(sizeof **region);
    return *region;
}

/* Stops counting so many pages of one node. */
static void give_up(struct fil_thread *thread, uint32_t node, size_t pages) {
    if (!node || !pages) return;
    known_pages -= (int64_t)pages;
    if (node == FIL_RESIDENCY_BEFORE) return;
    counted_pages -= (int64_t)pages;
    fil_counters_freed(thread, node, (int64_t)(pages << PAGE_BITS));
}

/* Pages compared at once: mostly nothing has changed. */
#define PASS 64

/* Compares the region's pages from `first` on with `counts`, the system's answer of now. Returns
 * how many newly count for `node`. */
static size_t compare(struct fil_thread *thread, struct region *region, size_t first,
                      const unsigned char *counts, size_t pages, uint32_t node) {
    uint32_t *nodes = region->nodes + first, whose = 0;
    unsigned char *known = region->counts + first;
    size_t come = 0, going = 0;
    for (size_t i = 0; i < pages; i++) {
        while (i + PASS <= pages && memcmp(known + i, counts + i, PASS) == 0) i += PASS;
        if (i == pages || known[i] == counts[i]) continue;
        known[i] = counts[i];
        if (counts[i]) {
            nodes[i] = node;
            come++;
            continue;
        }
        /* Pages that go are counted out in runs of one node, since neighbours mostly came together.
         * Those that come are one event at the end, for they all count for the same node. */
        if (nodes[i] != whose) give_up(thread, whose, going), going = 0;
        whose = nodes[i];
        nodes[i] = 0;
        going++;
    }
    give_up(thread, whose, going);
    return come;
}

/* Returns the end of the part of [at, end) that lies in one region. */
static uintptr_t part_end(uintptr_t at, uintptr_t end) {
    uintptr_t next = ((at >> REGION_BITS) + 1) << REGION_BITS;
    return next < end ? next : end;
}

static size_t page_in_region(uintptr_t address) {
    return (address >> PAGE_BITS) % REGION_PAGES;
}

void fil_residency_look_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end,
                               bool written, uint32_t node) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    static unsigned char counts[REGION_PAGES]; /* not on the stack: hooks run on small stacks, too.
                                                  Guarded by the same lock */
    size_t come = 0;
    for (uintptr_t at = start; at < end; at = part_end(at, end)) {
        size_t pages = (part_end(at, end) - at) >> PAGE_BITS;
        /* A part that can't be read, as when it was unmapped meanwhile by a raw system call, stays
         * as it was known. */
        if (!(written ? fil_os_written_pages(at, pages, counts)
                      : fil_os_resident_pages(at, pages, counts)))
            continue;
        struct region *region = region_of(at, false);
        /* A region is made only where a page is resident: a reservation of 64 GiB needs none at
         * first. */
        if (!region && memchr(counts, 1, pages)) region = region_of(at, true);
        if (region) come += compare(thread, region, page_in_region(at), counts, pages, node);
    }
    /* Counted after all parts were read, as one event: what an arena grew by is one allocation of
     * its library. */
    known_pages += (int64_t)come;
    if (!come || node == FIL_RESIDENCY_BEFORE) return;
    counted_pages += (int64_t)come;
    fil_counters_allocated(thread, node, (int64_t)(come << PAGE_BITS));
}

size_t fil_residency_known_in_locked(uintptr_t start, uintptr_t end) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    size_t known = 0;
    for (uintptr_t at = start; at < end; at = part_end(at, end)) {
        const struct region *region = region_of(at, false);
        size_t first = page_in_region(at), pages = (part_end(at, end) - at) >> PAGE_BITS;
        for (size_t i = 0; region && i < pages; i++) known += region->counts[first + i];
    }
    return known << PAGE_BITS;
}

int64_t fil_residency_known(void) {
    /* In bytes, as all figures outside of this file. */
    return known_pages << PAGE_BITS;
}

int64_t fil_residency_counted(void) {
    return counted_pages << PAGE_BITS;
}

void fil_residency_forget_locked(struct fil_thread *thread, uintptr_t start, uintptr_t end) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    /* As if the system had said that none of the pages is there. */
    static const unsigned char none[REGION_PAGES];
    for (uintptr_t at = start; at < end; at = part_end(at, end)) {
        struct region *region = region_of(at, false);
        if (region)
            compare(thread, region, page_in_region(at), none, (part_end(at, end) - at) >> PAGE_BITS,
                    0);
    }
}

void fil_residency_clear(void) {
    for (uintptr_t f = 0; f < FAN; f++) {
        for (uintptr_t r = 0; fans[f] && r < FAN; r++) fil_own_unmap(fans[f][r], sizeof **fans[f]);
        fil_own_unmap(fans[f], FAN_BYTES);
        fans[f] = NULL;
    }
    known_pages = counted_pages = 0;
}

#ifdef FIL_DEBUG
bool fil_residency_is_valid(void) {
    int64_t known = 0, before = 0;
    for (uintptr_t f = 0; f < FAN; f++) {
        for (uintptr_t r = 0; fans[f] && r < FAN; r++) {
            const struct region *region = fans[f][r];
            for (uintptr_t page = 0; region && page < REGION_PAGES; page++) {
                if (region->counts[page] != (region->nodes[page] != 0)) return false;
                known += region->counts[page];
                before += region->nodes[page] == FIL_RESIDENCY_BEFORE;
            }
        }
    }
    return known == known_pages && known - before == counted_pages;
}

static void visit_region(const uint32_t *nodes, uintptr_t start, fil_visit_block visit,
                         void *context) {
    for (uintptr_t page = 0, run; page < REGION_PAGES; page += run) {
        for (run = 1; page + run < REGION_PAGES && nodes[page + run] == nodes[page];) run++;
        if (!nodes[page] || nodes[page] == FIL_RESIDENCY_BEFORE) continue;
        visit(start + (page << PAGE_BITS), (struct fil_block){nodes[page], 0, run << PAGE_BITS},
              context);
    }
}

void fil_residency_visit(fil_visit_block visit, void *context) {
    for (uintptr_t f = 0; f < FAN; f++) {
        for (uintptr_t r = 0; fans[f] && r < FAN; r++) {
            if (fans[f][r])
                visit_region(fans[f][r]->nodes, (f << FAN_BITS | r) << REGION_BITS, visit, context);
        }
    }
}
#endif
