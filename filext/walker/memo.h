/* SPDX-License-Identifier: Apache-2.0 */
/* What the walker remembers of a thread: the stack of its last walk, and what it looked up lately.
 */
#ifndef FIL_MEMO_H
#define FIL_MEMO_H

#include "frames.h"
#include "lines.h"

#define HINTS 1024u
#define KNOWN_CALLS 4096u
#define CURSORS 64u
#define LINES 4096u
#define NODES 512u
/* Deeper stacks lose their outermost frames; Python's own default limit is 1000. */
#define MAX_DEPTH (1u << 20)

struct entry {
    fil_frame *frame;
    uintptr_t code; /* 0: that of a frame which is to be looked up again */
    const void *instruction;
    uint32_t node;
};

/* A call that was looked up lately: the node of an instruction when called from `parent`. A walk
 * that looks it up in another generation, in which the address may be another code object's,
 * doesn't find it: they are many, and code objects come and go with each `eval`. */
struct known_call {
    /* the instruction's 48 bits of address below the last 16 of the generation; 0: none */
    uint64_t key;
    uint32_t parent, node;
};

/* A line that was looked up lately. */
struct known_line {
    uint32_t serial, offset, line; /* serial 0: none */
};

/* A node that was looked up lately. */
struct known_node {
    uint32_t parent, function, line, node; /* function 0: none */
};

struct memo {
    /* What most walks need, in one cache line. */
    struct entry last;    /* the top entry as it is by now; brought there before it is looked at */
    uint32_t below, root; /* the nodes below that entry's, and below all */
    uint32_t generation, recording;
    uint64_t tag;          /* the generation as a part of keys */
    struct entry *top;     /* entries + depth - 1 */
    struct entry *entries; /* [-1]: no frame, and the node below which the others lie */
    uint32_t capacity;
    bool has_work;     /* among the frames that are being looked up: given work */
    fil_frame **fresh; /* frames above the remembered ones, innermost first; as long as entries */
    uint32_t hints[HINTS]; /* hash of a frame's address => where it was in entries */
    struct fil_line_cursor cursors[CURSORS]; /* by code object */
    struct known_line lines[LINES]; /* by code object and offset; in front of the cursors, which
                                       like to go forward */
    struct known_node nodes[NODES]; /* by parent and line; in front of the call tree */
    struct known_call calls[KNOWN_CALLS]; /* by a hash of both; in front of all these */
};

static inline uint32_t hint_of(const fil_frame *frame) {
    return (uint32_t)(((uintptr_t)frame * 0x9E3779B97F4A7C15u) >> 54);
}

static inline uint64_t key_of(const struct memo *memo, const void *instruction) {
    return (uintptr_t)instruction | memo->tag;
}

static inline uint32_t depth_of(const struct memo *memo) {
    return (uint32_t)(memo->top + 1 - memo->entries);
}

static inline void set_depth(struct memo *memo, uint32_t depth) {
    memo->top = memo->entries + depth - 1;
    memo->last = *memo->top;
    memo->below = depth ? memo->top[-1].node : memo->root;
}

/* A new one, which remembers nothing; NULL without memory. It is never given back: its thread's
 * record isn't, either. */
struct memo *fil_memo_make(void);
/* Doubles the room for frames; false without memory, or where that is deep enough. */
bool fil_memo_deepen(struct memo *memo);
/* Forgets the stack, and what depends on code objects when one was destroyed since. `root` is
 * another where the record is the next thread's. */
void fil_memo_forget(struct memo *memo, uint32_t generation, uint32_t root);

#endif
