/* SPDX-License-Identifier: Apache-2.0 */
#include "frozentree.h"

#include "own.h"

/* `thread` gets for each of the books' nodes the number of its thread. */
static void copy_frames(const struct fil_books *books, struct fil_snapshot *out, uint32_t *place, uint16_t *thread) {
    out->node_count = 0;
    for (uint32_t i = 0; i < books->count; i++) {
        struct fil_calltree_node node = books->node(books->source, i);
        bool special = node.function >= FIL_FUNCTION_THREAD;
        place[i] = special ? place[node.parent] : out->node_count++;
        thread[i] = fil_calltree_is_thread(node.function) ? (uint16_t)(node.function - FIL_FUNCTION_THREAD)
                    : i                                   ? thread[node.parent]
                                                          : 0;
        struct fil_snapshot_node *to = &out->nodes[place[i]];
        if (!special) *to = (struct fil_snapshot_node){i ? place[node.parent] : 0, node.function, node.line, 0, 0};
        to->bytes += books->held[i].bytes;
        to->allocations += books->held[i].allocations;
    }
}

/* The parts that are not simply touched heap of the main thread. */
static void copy_parts(const struct fil_books *books, struct fil_snapshot *out, const uint32_t *place, const uint16_t *thread) {
    for (uint32_t i = 0; i < books->count; i++) {
        enum fil_kind kind = fil_calltree_kind_of(books->node(books->source, i).function);
        if (!thread[i] && kind == FIL_KIND_HEAP && !books->untouched[i]) continue;
        int64_t bytes = books->held[i].bytes, untouched = books->untouched[i];
        if (bytes <= 0) continue;
        if (untouched > bytes) untouched = bytes;
        out->parts[out->part_count++] = (struct fil_snapshot_part){place[i], thread[i], (uint16_t)kind, bytes, untouched};
    }
}

bool fil_frozentree_make(const struct fil_books *books, struct fil_snapshot *out, uint32_t *place) {
    uint16_t *thread = fil_own_map(books->count * sizeof *thread);
    out->nodes = fil_own_map(books->count * sizeof *out->nodes);
    out->parts = fil_own_map((books->count + 1) * sizeof *out->parts); /* only what is filled takes memory */
    out->node_room = books->count;
    bool good = thread && out->nodes && out->parts;
    if (good) {
        copy_frames(books, out, place, thread);
        copy_parts(books, out, place, thread);
    }
    fil_own_unmap(thread, books->count * sizeof *thread);
    return good;
}
