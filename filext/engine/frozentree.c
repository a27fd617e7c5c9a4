/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way from the engine's nodes to a snapshot's, in the engine and from a black box alike.
 * fil_frozentree_make is its entry. */
#include "frozentree.h"

#include "../base/own.h"

/* What a node holds at the end: as noted then, or as it is now. */
static struct fil_ending_node at_end(const struct fil_end_books *end, uint32_t node) {
    if (!end || node >= end->count) return (struct fil_ending_node){0, 0};
    if (end->noted) return end->noted[node];
    return (struct fil_ending_node){end->held[node].bytes, end->untouched[node]};
}

/* `thread` gets for each of the books' nodes the number of its thread. */
static void copy_frames(const struct fil_books *books, struct fil_snapshot *out, uint32_t *frozen,
                        uint16_t *thread) {
    out->node_count = 0;
    for (uint32_t i = 0; i < books->count; i++) {
        struct fil_calltree_node node = books->node(books->source, i);
        bool special = node.function >= FIL_FUNCTION_THREAD;
        /* A parent has a smaller number than its child, so one pass does, and the parent's number
         * is known. A node of a kind or of a thread is no frame: what it holds is the stack's above
         * it, told apart in a part. */
        frozen[i] = special ? frozen[node.parent] : out->node_count++;
        thread[i] = fil_calltree_is_thread(node.function)
                        ? (uint16_t)(node.function - FIL_FUNCTION_THREAD)
                    : i ? thread[node.parent]
                        : 0;
        struct fil_snapshot_node *to = &out->nodes[frozen[i]];
        if (!special)
            *to = (struct fil_snapshot_node){
                i ? frozen[node.parent] : 0, node.function, node.line, 0, 0, 0};
        /* A kind's and a thread's are added to the stack's above them. */
        to->bytes += books->held[i].bytes;
        to->allocations += books->held[i].allocations;
        to->at_end += at_end(books->end, i).bytes;
    }
}

static void add_part(struct fil_snapshot_part *parts, uint32_t *count,
                     struct fil_snapshot_part part) {
    bool is_plain = !part.thread && part.kind == FIL_KIND_HEAP && !part.untouched;
    if (is_plain || part.bytes <= 0) return;
    /* A look at pages and the books aren't of one instant. */
    if (part.untouched > part.bytes) part.untouched = part.bytes;
    parts[(*count)++] = part;
}

/* The parts that are not simply touched heap of the main thread. */
static void copy_parts(const struct fil_books *books, struct fil_snapshot *out,
                       const uint32_t *frozen, const uint16_t *thread) {
    for (uint32_t i = 0; i < books->count; i++) {
        enum fil_kind kind = fil_calltree_kind_of(books->node(books->source, i).function);
        struct fil_snapshot_part part = {frozen[i], thread[i], (uint16_t)kind, books->held[i].bytes,
                                         books->untouched[i]};
        add_part(out->parts, &out->part_count, part);
        struct fil_ending_node at_its_end = at_end(books->end, i);
        part.bytes = at_its_end.bytes;
        part.untouched = at_its_end.untouched;
        add_part(out->end.parts, &out->end.part_count, part);
    }
}

bool fil_frozentree_make(const struct fil_books *books, struct fil_snapshot *out,
                         uint32_t *frozen) {
    uint16_t *thread = fil_own_map(books->count * sizeof *thread);
    size_t most_parts = (size_t)books->count + 1; /* only what is filled takes memory */
    out->nodes = fil_own_map(books->count * sizeof *out->nodes);
    out->parts = fil_own_map(most_parts * sizeof *out->parts);
    out->end.parts = books->end ? fil_own_map(most_parts * sizeof *out->end.parts) : NULL;
    out->node_room = books->count;
    bool good = thread && out->nodes && out->parts && (!books->end || out->end.parts);
    if (good) {
        copy_frames(books, out, frozen, thread);
        copy_parts(books, out, frozen, thread);
    }
    fil_own_unmap(thread, books->count * sizeof *thread);
    return good;
}
