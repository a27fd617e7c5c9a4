/* SPDX-License-Identifier: Apache-2.0 */
/* Who gave the work that an object stands for: what the live table finds of it, and where in the
 * tree the worker's stacks lie. Blocks and stacks are made up. */
#include "../../../filext/engine/givenwork.h"
#include "../../../filext/engine/livetable.h"
#include "check.h"
#include "engine_driver.c"

#define AT ((uintptr_t)0x10000000)
#define THREAD(number) (FIL_FUNCTION_THREAD + (number))
enum { THREADS = 4, ROUNDS = 5000 };

static void put(uintptr_t address, uint32_t node, size_t bytes) {
    struct fil_block block = {.node = node, .bytes = bytes}, displaced;
    CHECK(fil_livetable_put(address, block, false, &displaced) == FIL_LIVETABLE_ENTERED);
}

static void take(uintptr_t address) {
    struct fil_block block;
    CHECK(fil_livetable_take(address, &block));
}

static bool finds(uintptr_t address, uint32_t node, size_t bytes) {
    struct fil_block block;
    return fil_livetable_find(address, &block) && block.node == node && block.bytes == bytes;
}

static bool knows(uintptr_t address) {
    struct fil_block block;
    return fil_livetable_find(address, &block);
}

/* --- what is found -------------------------------------------------------------------------- */

static void check_is_found(uintptr_t address, uint32_t node, size_t bytes) {
    CHECK(!knows(address));
    put(address, node, bytes);
    CHECK(finds(address, node, bytes) && finds(address, node, bytes)); /* it stays */
    CHECK(!knows(address + 16) && !knows(address - 16));
    take(address);
    CHECK(!knows(address));
}

static void test_blocks_of_every_size_are_found(void) {
    static const size_t sizes[] = {0, 1, 16, 17, 1008, 1009, FIL_LARGE_BLOCK, (size_t)5 << 32};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_is_found(AT, 1, sizes[i]);
        check_is_found(AT + 48, 1, sizes[i]);
        check_is_found(AT + 7, 1, sizes[i]);                      /* the side table's */
        check_is_found(((uintptr_t)1 << 60) + 4096, 1, sizes[i]); /* too high */
        check_is_found(AT, ((uint32_t)1 << 21) + 5, sizes[i]);    /* past 21 bits */
    }
}

/* Of two blocks in one granule one is the side table's: both are found, and each goes alone. */
static void test_neighbours_are_found(void) {
    static const size_t sizes[] = {100, 5000};
    for (size_t i = 0; i < 2; i++) {
        put(AT, 1, sizes[i]);
        put(AT + 16, 2, sizes[i] + 1);
        CHECK(finds(AT, 1, sizes[i]) && finds(AT + 16, 2, sizes[i] + 1));
        take(AT);
        CHECK(!knows(AT) && finds(AT + 16, 2, sizes[i] + 1));
        take(AT + 16);
    }
}

/* --- where the work lies -------------------------------------------------------------------- */

/* The node for the work that an object stands for which was made at the stack `giver`. */
static uint32_t node_of_work(uint32_t giver, uint32_t root, bool by_others) {
    put(AT, giver, 64);
    uint32_t node = fil_givenwork_node(AT, root, by_others);
    take(AT);
    return node;
}

static bool is(uint32_t node, uint32_t parent, uint32_t function) {
    struct fil_calltree_node found = fil_calltree_node(node);
    return node && found.parent == parent && found.function == function;
}

static void test_work_lies_below_its_giver(void) {
    uint32_t worker = fil_calltree_thread_node(3), giver = fil_calltree_child(FIL_NODE_ROOT, 1, 10);
    uint32_t node = node_of_work(giver, worker, false);
    CHECK(is(node, giver, THREAD(3)));
    CHECK(node_of_work(giver, worker, false) == node); /* once more: the same */
    CHECK(node_of_work(giver, worker, true) == node);
    CHECK(is(node_of_work(giver, FIL_NODE_ROOT, false), giver, THREAD(FIL_MAIN_THREAD)));
}

static void test_of_what_is_not_known_nothing_is_said(void) {
    uint32_t worker = fil_calltree_thread_node(3);
    CHECK(!fil_givenwork_node(AT, worker, false));
    CHECK(!node_of_work(FIL_NODE_ROOT, worker, false));
}

static void test_what_a_thread_gives_itself_is_its_own(void) {
    uint32_t worker = fil_calltree_thread_node(3), other = fil_calltree_thread_node(4);
    uint32_t giver = fil_calltree_child(worker, 1, 10);
    CHECK(!node_of_work(giver, worker, true));
    CHECK(is(node_of_work(giver, worker, false), giver, THREAD(3)));
    CHECK(is(node_of_work(giver, other, true), giver, THREAD(4)));
}

/* Each level gives to the next from other frames: the fifth lies where the fourth does. */
static void test_the_tree_has_four_levels_of_givers(void) {
    uint32_t worker = fil_calltree_thread_node(3), stack = fil_calltree_child(FIL_NODE_ROOT, 1, 10);
    for (uint32_t level = 1; level <= FIL_GIVENWORK_MOST; level++) {
        uint32_t node = node_of_work(stack, worker, false);
        CHECK(is(node, stack, THREAD(3)));
        uint32_t next = fil_calltree_child(node, 1 + level, 10);
        if (level == FIL_GIVENWORK_MOST) CHECK(node_of_work(next, worker, false) == node);
        stack = next;
    }
}

/* `giver` does work and gives more of it: the outer frame is `function` at `line`. */
static uint32_t again(uint32_t giver, uint32_t worker, uint32_t function, uint32_t line) {
    uint32_t below = fil_calltree_child(node_of_work(giver, worker, false), function, line);
    return node_of_work(fil_calltree_child(below, 2, 20), worker, false);
}

static void test_work_that_gives_itself_again_stays_where_it_is(void) {
    uint32_t worker = fil_calltree_thread_node(3);
    uint32_t giver = fil_calltree_child(fil_calltree_child(FIL_NODE_ROOT, 1, 10), 2, 20);
    uint32_t node = node_of_work(giver, worker, false);
    CHECK(again(giver, worker, 1, 10) == node);
    CHECK(again(giver, worker, 1, 11) != node); /* another line */
    CHECK(again(giver, worker, 5, 10) != node); /* another function */
    uint32_t longer = fil_calltree_child(fil_calltree_child(node, 9, 1), 1, 10);
    CHECK(node_of_work(fil_calltree_child(longer, 2, 20), worker, false) != node); /* more frames */
}

/* --- in many threads at once ---------------------------------------------------------------- */

static uint32_t givers[THREADS], nodes[THREADS];

/* The blocks lie in one region, and each is its thread's own. */
static void *give_and_find(void *number) {
    uintptr_t index = (uintptr_t)number;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uintptr_t address = AT + ((round % 64) * THREADS + index) * 1024;
        uint32_t giver = givers[round % THREADS];
        put(address, giver, 10 + round % 2000);
        CHECK(finds(address, giver, 10 + round % 2000));
        CHECK(fil_givenwork_node(address, FIL_NODE_ROOT, false) == nodes[round % THREADS]);
        take(address);
        CHECK(!knows(address));
    }
    return NULL;
}

static void test_threads_find_each_their_own(void) {
    pthread_t threads[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        givers[i] = fil_calltree_child(FIL_NODE_ROOT, 1 + i, 10);
        nodes[i] = node_of_work(givers[i], FIL_NODE_ROOT, false);
    }
    for (uintptr_t i = 0; i < THREADS; i++) {
        CHECK(!pthread_create(&threads[i], NULL, give_and_find, (void *)i));
    }
    for (uint32_t i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

/* Each test begins with empty tables, and leaves no block behind. */
static void run(void (*test)(void)) {
    CHECK(driver_start());
    test();
    CHECK(driver_peak(NULL, 0, true) == 0);
}

int main(void) {
    run(test_blocks_of_every_size_are_found);
    run(test_neighbours_are_found);
    run(test_work_lies_below_its_giver);
    run(test_of_what_is_not_known_nothing_is_said);
    run(test_what_a_thread_gives_itself_is_its_own);
    run(test_the_tree_has_four_levels_of_givers);
    run(test_work_that_gives_itself_again_stays_where_it_is);
    run(test_threads_find_each_their_own);
    puts("all good");
    return 0;
}
