/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of address space, mapped, cut, replaced and moved in any order, against a table with an
 * entry a page. */
#include <stdbool.h>
#include <string.h>

#include "../../filext/engine/calltree.h"
#include "../../filext/engine/counters.h"
#include "../../filext/engine/ranges.h"
#include "../../filext/engine/recorder.h"
#include "../engine/c/validity.h"
#include "fuzz.h"

enum { PAGES = 256 };
#define BASE ((uintptr_t)0x600000000000)

static uint32_t owner[PAGES]; /* which mapping made the page, 0: none */
static uint32_t made;

static uint32_t fake_walk(void **memo, uint32_t root, bool is_attached) {
    (void)memo, (void)is_attached;
    return fil_calltree_child(root, 1, 1);
}

/* Ordinary events go the short way, too. */
static bool fake_refresh(void *memo, uint32_t root) {
    (void)memo, (void)root;
    return true;
}

static bool fake_name(char *name, size_t size) {
    return snprintf(name, size, "fake") > 0;
}

static void set(unsigned start, unsigned pages, uint32_t to) {
    for (unsigned i = start; i < start + pages; i++) owner[i] = to;
}

/* Sorted, disjoint, and as many bytes as the counters say. */
static void check(void) {
    int64_t pages = 0, in_ranges = 0;
    uintptr_t last = 0;
    for (unsigned i = 0; i < PAGES; i++) pages += owner[i] != 0;
    for (size_t i = 0; i < fil_ranges_count(); i++) {
        const struct fil_range *range = fil_ranges_at(i);
        PROMISE(range->start >= last && range->start < range->end);
        PROMISE(range->counted == range->end - range->start);
        in_ranges += (int64_t)range->counted;
        last = range->end;
        for (uintptr_t at = range->start; at < range->end; at += FIL_OS_PAGE)
            PROMISE(owner[(at - BASE) / FIL_OS_PAGE]);
    }
    PROMISE(in_ranges == pages * FIL_OS_PAGE);
    PROMISE(fil_counters_live() == in_ranges);
}

static bool is_one_mapping(unsigned start, unsigned pages) {
    for (unsigned i = start; i < start + pages; i++) {
        if (!owner[i] || owner[i] != owner[start]) return false;
    }
    return true;
}

static void move(unsigned from, unsigned pages, unsigned to, unsigned now) {
    bool apart = to + now <= from || from + pages <= to;
    if (!is_one_mapping(from, pages) || !(apart || to == from)) return;
    struct fil_move move = {.old_start = BASE + from * FIL_OS_PAGE,
                            .new_start = BASE + to * FIL_OS_PAGE,
                            .old_bytes = pages * FIL_OS_PAGE,
                            .new_bytes = now * FIL_OS_PAGE};
    fil_recorder_end_move(fil_recorder_begin_move((void *)move.old_start, move.old_bytes),
                          &move); /* NOLINT */
    set(from, pages, 0);
    set(to, now, ++made);
}

static void act(const uint8_t op[5]) {
    unsigned start = op[1], pages = op[2] % 32 + 1;
    if (start + pages > PAGES) pages = PAGES - start;
    void *at = (void *)(BASE + start * FIL_OS_PAGE); /* NOLINT: an address that nothing is at */
    size_t bytes = pages * FIL_OS_PAGE;
    switch (op[0] % 5) {
    case 0:
        fil_recorder_mapped(&(struct fil_mapping){
            .start = (uintptr_t)at, .bytes = bytes, .kind = FIL_KIND_ANONYMOUS});
        set(start, pages, ++made);
        break;
    case 1:
        fil_recorder_unmapping(at, bytes);
        set(start, pages, 0);
        break;
    case 2:
        fil_recorder_replaced(at, bytes);
        set(start, pages, 0);
        break;
    case 3: {
        unsigned to = op[3], now = op[4] % 32 + 1;
        if (to + now <= PAGES) move(start, pages, to, now);
        break;
    }
    default:
        fil_recorder_end_move(fil_recorder_begin_move(NULL, 0), NULL); /* an mremap that failed */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct fil_walker walker = {
        .stack = fake_walk, .refresh = fake_refresh, .new_thread_name = fake_name};
    static bool prepared;
    if (!prepared) fil_recorder_prepare(true);
    prepared = true;
    memset(owner, 0, sizeof owner);
    PROMISE(fil_recorder_start(&walker, NULL));
    for (size_t i = 0; i + 5 <= size; i += 5) {
        act(data + i);
        check();
        if (i % 40 == 0) PROMISE(broken_noun() == NULL); /* each eighth time: it takes its time */
    }
    PROMISE(broken_noun() == NULL);
    struct fil_snapshot snapshot;
    PROMISE(fil_recorder_snapshot(&snapshot, (struct fil_moment_shown){.moment = FIL_MOMENT_NOW},
                                  true) == 0);
    fil_snapshot_clear(&snapshot);
    return 0;
}
