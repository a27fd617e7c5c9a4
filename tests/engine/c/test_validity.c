/* SPDX-License-Identifier: Apache-2.0 */
/* Each <noun>_is_valid can give false: what it looks at is spoilt here, one thing at a time, and
 * put right again. Compiled once for each noun, whose file is part of it: NOUN_FILE, with
 * NOUN_<noun> defined. */
#include NOUN_FILE

#include "check.h"
#include "engine_driver.c"

/* While `place` holds `wrong`, the noun isn't valid. */
#define SPOILT(is_valid, place, wrong)                                                             \
    do {                                                                                           \
        __typeof__(place + 0) right = (place);                                                     \
        CHECK(is_valid);                                                                           \
        (place) = (wrong);                                                                         \
        CHECK(!(is_valid));                                                                        \
        CHECK(broken_noun());                                                                      \
        (place) = right;                                                                           \
        CHECK(is_valid);                                                                           \
    } while (0)

#define AT ((uintptr_t)0x10000000)

#ifdef NOUN_calltree
static void spoil(void) {
    struct table *table = atomic_load(&tree.table);
    struct fil_calltree_node *nodes = atomic_load(&tree.chunks[0]);
    uint32_t i = trace_of(0, 1, 1).begin & table->mask;
    SPOILT(fil_calltree_node_is_valid(1), nodes[1].parent, 1);
    SPOILT(fil_calltree_is_valid(), nodes[1].parent, 2);
    SPOILT(fil_calltree_is_valid(), nodes[1].function, 0);
    SPOILT(fil_calltree_is_valid(), nodes[2].line, 100);
    SPOILT(fil_calltree_is_valid(), table->used, 1);
    SPOILT(fil_calltree_is_valid(), table->mask, table->mask - 1);
    SPOILT(fil_calltree_is_valid(), table->entries[i], 0);
    SPOILT(fil_calltree_is_valid(), table->entries[i], (right & ~(uint64_t)table->mask) | 100);
}
#endif

#ifdef NOUN_livetable
static void spoil(void) {
    struct fil_region *region = region_of(AT);
    uint32_t *small = fil_packed_at(fil_table_of(region, FIL_SMALL), FIL_SMALL, AT),
             *tiny = fil_packed_at(fil_table_of(region, FIL_TINY), FIL_TINY, AT + 0x2000);
    struct fil_big_entry *big = fil_big_at(fil_table_of(region, FIL_BIG), AT + 0x4000);
    /* then a tiny block isn't there */
    SPOILT(fil_livetable_is_valid(), fil_livetable_is_apart, false);
    SPOILT(fil_livetable_is_valid(), *small, 1 << 11 | 1009); /* a big one's */
    SPOILT(fil_livetable_is_valid(), *small, 99u << 11 | 100);
    SPOILT(fil_livetable_is_valid(), *tiny, 1 << 11 | 17);
    SPOILT(fil_livetable_is_valid(), big->node, 99);
    SPOILT(fil_livetable_is_valid(), big->bytes, 1008);
    SPOILT(tables_hold_what_the_counters_say(), *small, 0);
    SPOILT(tables_hold_what_the_counters_say(), big->bytes, 5001);
}
#endif

#ifdef NOUN_sidetable
static void spoil(void) {
    fil_spinlock_lock(&side.lock);
    struct entry *entry = find_locked(AT + 0x2008);
    fil_spinlock_unlock(&side.lock);
    SPOILT(fil_sidetable_is_valid(), entry->address,
           entry->address + 1); /* one that belongs elsewhere */
    SPOILT(fil_sidetable_is_valid(), entry->address, 0);
    SPOILT(fil_sidetable_is_valid(), entry->block.node, 99);
    SPOILT(fil_sidetable_is_valid(), side.used, 2);
    SPOILT(fil_sidetable_is_valid(), side.capacity, side.capacity - 1);
    SPOILT(tables_hold_what_the_counters_say(), entry->block.bytes, 5);
}
#endif

#ifdef NOUN_ranges
static void spoil(void) {
    struct fil_range *range = ranges.array;
    SPOILT(fil_ranges_is_valid(), range[0].end, range[1].end);
    SPOILT(fil_ranges_is_valid(), range[0].end, range[0].start);
    SPOILT(fil_ranges_is_valid(), range[0].start, range[0].start + 1);
    SPOILT(fil_ranges_is_valid(), range[0].slack, FIL_OS_PAGE);
    SPOILT(fil_ranges_is_valid(), range[0].counted, right + FIL_OS_PAGE);
    SPOILT(fil_ranges_is_valid(), ranges.by_looking, 7);
    SPOILT(fil_ranges_is_valid(), ranges.inaccessible, 7);
    SPOILT(fil_ranges_is_valid(), ranges.capacity, 1);
    SPOILT(fil_mappings_is_valid(), range[0].counted, FIL_OS_PAGE);
    SPOILT(fil_mappings_is_valid(), range[0].node, 99);
    SPOILT(fil_mappings_is_valid(), range[2].counted,
           2 * FIL_OS_PAGE); /* the same shared memory twice */
    SPOILT(tables_hold_what_the_counters_say(), range[0].counted, 0);
}
#endif

#ifdef NOUN_residency
static char reserved[4 * FIL_OS_PAGE] __attribute__((aligned(FIL_OS_PAGE)));
static void spoil(void) {
    memset(reserved, 1, sizeof reserved);
    driver_reserve((uintptr_t)reserved, 4, sizeof reserved, 0, true);
    size_t page = (uintptr_t)reserved >> PAGE_BITS;
    struct region *region = region_of((uintptr_t)reserved, false);
    uint32_t *nodes = region->nodes;
    SPOILT(fil_residency_is_valid(), region->counts[page % REGION_PAGES], 0);
    SPOILT(fil_mappings_is_valid(), nodes[page % REGION_PAGES], 99);
    SPOILT(fil_mappings_is_valid(), nodes[(page + 5) % REGION_PAGES],
           1); /* where nothing is reserved */
    SPOILT(tables_hold_what_the_counters_say(), nodes[page % REGION_PAGES], 0);
}
#endif

#ifdef NOUN_counters
static void spoil(void) {
    struct fil_slot *slot = fil_threads_first()->slots + 1;
    SPOILT(fil_counters_is_valid(), slot->live, right + 1);
    SPOILT(fil_counters_is_valid(), fil_totals.current, right + 1);
    SPOILT(fil_counters_is_valid(), fil_totals.peak, right + 1);
    SPOILT(fil_counters_is_valid(), fil_totals.ceiling, fil_totals.peak + 1);
    driver_free(AT + 0x4000); /* no maximum any more */
    SPOILT(fil_counters_is_valid(), fil_totals.rising, true);
    SPOILT(fil_counters_is_valid(), slot[2].saved, right + 1);
    SPOILT(fil_counters_is_valid(), slot[2].epoch, right + 1);
    SPOILT(fil_counters_is_valid(), fil_totals.current, fil_totals.peak + 1);
    SPOILT(fil_counters_is_valid(), fil_totals.exclusive->gross, 1);
}
#endif

#ifdef NOUN_thread
static void spoil(void) {
    struct fil_thread *own = fil_self.thread;
    CHECK(!fil_thread_is_valid(own)); /* not in a section */
    own->busy = 1;
    SPOILT(fil_thread_is_valid(own) && fil_threads_is_valid(), own->slot_capacity, 3);
    SPOILT(fil_thread_is_valid(own) && fil_threads_is_valid(), own->short_slots, 1);
    SPOILT(fil_thread_is_valid(own) && fil_threads_is_valid(), own->gross, -1);
    SPOILT(fil_thread_is_valid(own) && fil_threads_is_valid(), own->gross,
           2 * FIL_COUNTERS_BATCH + 1);
    SPOILT(fil_thread_is_valid(own) && fil_threads_is_valid(), own->delta, 1);
    SPOILT(fil_threads_is_valid(), own->number, 1);
    SPOILT(fil_threads_is_valid(), registry.records, 2);
    SPOILT(fil_threads_is_valid(), registry.awaited, 1);
    struct fil_thread other = *own;
    CHECK(!fil_thread_is_valid(&other)); /* another's */
    own->root = 99;
    CHECK(!fil_thread_is_valid(own));
}
#endif

#ifdef NOUN_threadnames
static void spoil(void) {
    CHECK(fil_threadnames_number("one") == 1 && fil_threadnames_number("two") == 2);
    SPOILT(fil_threadnames_is_valid(), names[0][0], 'm');
    SPOILT(fil_threadnames_is_valid(), names[3][0], 'x');
    SPOILT(fil_threadnames_is_valid(), threads.count, MAX_NAMES);
    memset(names[2], 'x', FIL_THREADNAME_BYTES);
    CHECK(!fil_threadnames_is_valid());
    strcpy(names[2], "one");
    CHECK(!fil_threadnames_is_valid());
}
#endif

#ifdef NOUN_ended
static void spoil(void) {
    fil_ended_add((struct fil_ended){.node = 1, .bytes = FIL_OS_PAGE});
    SPOILT(fil_ended_is_valid(), ended.list->entries[0].node, 99);
    SPOILT(fil_ended_is_valid(), ended.list->entries[0].bytes, 0);
    SPOILT(fil_ended_is_valid(), ended.list->entries[0].resident, 3 * FIL_OS_PAGE);
    SPOILT(fil_ended_is_valid(), ended.capacity, 0);
    SPOILT(fil_ended_is_valid(), ended.list->peak, right + 9);
}
#endif

#ifdef NOUN_largeblocks
static void spoil(void) {
    driver_allocate(AT + 0x1000000, 1, FIL_LARGE_BLOCK);
    driver_allocate(AT + 0x2000000, 2, 3 * FIL_LARGE_BLOCK);
    struct fil_largeblock *list = large.list;
    SPOILT(fil_largeblocks_is_valid(), list[0].start, list[1].start);
    SPOILT(fil_largeblocks_is_valid(), list[1].block.bytes, FIL_LARGE_BLOCK - 1);
    SPOILT(fil_largeblocks_is_valid(), list[1].untouched, 4 * FIL_LARGE_BLOCK);
    SPOILT(fil_largeblocks_is_valid(), list[1].untouched, FIL_NOT_LOOKED_AT - 1);
    SPOILT(fil_largeblocks_is_valid(), list[2].block.bytes, FIL_LARGE_BLOCK);
    SPOILT(fil_largeblocks_is_valid(), large.capacity, 1);
    SPOILT(large_blocks_are_the_live_ones(), list[0].start, right + 16);
    SPOILT(large_blocks_are_the_live_ones(), list[1].block.node, 1);
    SPOILT(large_blocks_are_the_live_ones(), large.count, 1);
}
#endif

#ifdef NOUN_timeline
static void spoil(void) {
    int64_t peak = fil_counters_peak();
    SPOILT(fil_timeline_is_valid(peak), fil_timeline.live.most[0], peak + 1);
    SPOILT(fil_timeline_is_valid(peak), fil_timeline.live.most[0], -1);
    SPOILT(fil_timeline_is_valid(peak), fil_timeline.resident.most[0], -1);
    SPOILT(fil_timeline_is_valid(peak), fil_timeline.last, peak + 1);
    SPOILT(fil_timeline_is_valid(peak), fil_timeline.live.length_ns, 0);
    SPOILT(fil_timeline_is_valid(peak), fil_timeline.resident.length_ns, 0);
    SPOILT(fil_timeline_is_valid(peak), fil_timeline.live.count, FIL_PERIODS_MOST + 1);
    SPOILT(fil_timeline_is_valid(peak), fil_timeline.resident.count, FIL_PERIODS_MOST + 1);
}
#endif

#ifdef NOUN_arenas
static void spoil(void) {
    fil_arenas_note(AT, FIL_ARENA_BYTES, 0);
    fil_arenas_note(AT + 2 * FIL_ARENA_BYTES, FIL_ARENA_BYTES, 0);
    SPOILT(fil_arenas_is_valid(), arenas.list[1].start, AT + 1);
    SPOILT(fil_arenas_is_valid(), arenas.list[0].end, AT);
}
#endif

int main(void) {
    CHECK(driver_start());
    driver_allocate(AT, 1, 100);
    driver_allocate(AT + 0x400, 2, 16);
    driver_allocate(AT + 0x2000, 2, 16);
    driver_allocate(AT + 0x2008, 2, 4); /* unaligned: the side table's */
    driver_allocate(AT + 0x4000, 3, 5000);
    driver_map(0x20000000, 1, 0x10000);
    driver_share(0x30000000, 2, 0x2000, 1, 0);
    driver_share(0x40000000, 3, 0x2000, 1, 0);
    checks_paused++;
    spoil();
    puts("all seen");
    return 0;
}
