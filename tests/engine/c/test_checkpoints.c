/* SPDX-License-Identifier: Apache-2.0 */
/* When looks may be taken, on made-up clocks and with made-up resident memory. */
#include "../../../filext/engine/checkpoints.c"

#include "check.h"

#define MS ((int64_t)1000000)
#define MIB ((int64_t)1 << 20)

static int64_t clock_ns = 1000 * MS, worked_ns, resident = 500 * MIB;

int64_t fil_os_clock_ns(void) {
    return clock_ns;
}

int64_t fil_os_coarse_clock_ns(void) {
    return clock_ns / (4 * MS) * (4 * MS);
}

int64_t fil_os_work_ns(void) {
    return worked_ns;
}

int64_t fil_os_resident_bytes(int64_t *file) {
    *file = 0;
    return resident;
}

static int64_t noted;

void fil_timeline_note_resident(int64_t bytes) {
    noted = bytes;
}

static void look(int64_t cost_ns) {
    int64_t begun = worked_ns;
    worked_ns += cost_ns;
    clock_ns += cost_ns;
    fil_checkpoint_done(begun);
}

static bool later(void) {
    return fil_checkpoint_is_due(FIL_CHECKPOINT_LATER);
}

static bool soon(void) {
    return fil_checkpoint_is_due(FIL_CHECKPOINT_SOON);
}

static bool huge(void) {
    return fil_checkpoint_is_due(FIL_CHECKPOINT_HUGE);
}

static void test_a_pause_after_each_look(void) {
    fil_checkpoints_clear();
    CHECK(later() && soon() && huge());
    look(MS);
    CHECK(!later() && soon() && huge());
    clock_ns += 6 * MS;
    CHECK(later());
}

static void test_a_short_program_has_all_it_wants(void) {
    fil_checkpoints_clear();
    for (int i = 0; i < 99; i++) {
        CHECK(later());
        look(MS);
        clock_ns += 6 * MS;
    }
}

/* Costly looks as often as may be, for 100 s; the share of the time that they took after the first
 * 100 ms. */
static double share_of_looks(bool (*is_due)(void)) {
    fil_checkpoints_clear();
    int64_t begun = clock_ns, worked = worked_ns;
    while (clock_ns - begun < 100000 * MS) {
        if (is_due()) look(10 * MS);
        clock_ns += MS;
    }
    return (double)(worked_ns - worked - 100 * MS) / (double)(clock_ns - begun);
}

static bool grown_and_later(void) {
    resident += 10 * MIB;
    return later();
}

static void test_looks_take_their_share_of_the_time(void) {
    double of_later = share_of_looks(later), of_soon = share_of_looks(soon),
           of_huge = share_of_looks(huge);
    CHECK(of_later > 0.045 && of_later < 0.055);
    CHECK(of_soon > 0.045 && of_soon < 0.055);
    CHECK(of_huge > 0.18 && of_huge < 0.22);
    double of_growth = share_of_looks(grown_and_later);
    CHECK(of_growth > 0.18 && of_growth < 0.22);
    CHECK(fil_checkpoint_is_due(FIL_CHECKPOINT_NOW));
}

/* What the share of the time doesn't allow, growth does; also when as much was given back in
 * between. */
static void test_growth_is_looked_at_early(void) {
    fil_checkpoints_clear();
    look(103 * MS);
    clock_ns += 16 * MS;
    CHECK(!later() && !soon() && huge());
    resident += 7 * MIB;
    clock_ns += 8 * MS;
    CHECK(!later());
    resident -= 100 * MIB;
    clock_ns += 8 * MS;
    CHECK(!later());
    resident += 8 * MIB;
    CHECK(!later()); /* it's asked about after a pause only */
    clock_ns += 8 * MS;
    CHECK(later());
    clock_ns += 60 * MS;
    CHECK(later() && soon());
}

int main(void) {
    test_a_pause_after_each_look();
    test_a_short_program_has_all_it_wants();
    test_looks_take_their_share_of_the_time();
    test_growth_is_looked_at_early();
    puts("all good");
    return 0;
}
