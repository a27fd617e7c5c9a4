/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot: a recording frozen at its peak. All that report/ ever sees.
 *
 *   nodes      0 ── root; its own bytes belong to no Python stack
 *              ├─ 1  (function 1, line 7)   12 bytes of its own
 *              │  └─ 2  (function 2, line 3)
 *              └─ 3 …                       parent index < own index, always
 *
 * It borrows its functions' names from its maker. It is plain data, read by any thread, until
 * fil_snapshot_clear or, for the borrowed part, the next start(). */
#ifndef FIL_SNAPSHOT_H
#define FIL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings are NUL-terminated valid UTF-8, never NULL; control characters may stand in them. */
struct fil_function {
    const char *name;    /* as code.co_qualname: "<module>", "f", "A.f", "f.<locals>.<lambda>" */
    const char *file;    /* as code.co_filename: relative stays relative */
    uint32_t first_line; /* where the definition begins, 1-based */
};

/* Which moment a snapshot shows: the peak so far, or now. */
enum fil_moment { FIL_MOMENT_PEAK, FIL_MOMENT_NOW };
struct fil_moment_shown {
    enum fil_moment moment;
    size_t request; /* bytes that the calling thread asks for and won't get: shown with what is
                       there now */
};

/* How memory is held. What a node holds on the heap, in the main thread, and touched, is what its
 * parts leave over. */
enum fil_kind {
    FIL_KIND_HEAP,
    FIL_KIND_ANONYMOUS,
    FIL_KIND_SHARED,
    FIL_KIND_PRIVATE_FILE,
    FIL_KINDS
};
#define FIL_KIND_NAMES {"heap", "anonymous mapping", "shared memory", "written pages of files"}

struct fil_snapshot_node {
    uint32_t parent;      /* index into nodes */
    uint32_t function;    /* index into functions; 0 for the root */
    uint32_t line;        /* 1-based; 0 when the bytecode has none */
    uint32_t allocations; /* made by this very stack since start(), modulo 2^32 */
    int64_t bytes;        /* own live bytes at the moment the snapshot shows, */
    int64_t at_end;       /* and at the end; 0 where that isn't known */
};

/* A part of a node's own bytes. */
struct fil_snapshot_part {
    uint32_t node;
    uint16_t thread; /* index into threads */
    uint16_t kind;
    int64_t bytes;
    int64_t untouched; /* of them: asked for, and never touched */
};

/* What lives at the end: of a program, before the interpreter ends; of a process that died, then;
 * else when the snapshot is taken. The nodes have their own bytes of it. */
struct fil_snapshot_end {
    bool is_known, is_now; /* now: the recording goes on, it isn't really its end */
    int64_t bytes;         /* the total */
    struct fil_snapshot_part *parts;
    uint32_t part_count;
};

/* A file that was mapped then, or when resident memory was largest: its pages are in no node's
 * bytes. */
struct fil_snapshot_file {
    const char *path;
    uint32_t node; /* the stack that mapped it */
    int64_t mapped_bytes, resident_bytes;
    bool at_most; /* not at that moment, but when resident memory was largest */
};

/* What resident memory was made of when it was largest, as far as was seen: `bytes` is hardly less
 * than `most`. What was before the recording, and own memory, is as near the peak. */
struct fil_resident_most {
    int64_t bytes, tracked; /* tracked: touched or not. 0: unknown */
    int64_t files, allocator_overhead;
    double at; /* seconds after the start */
};

/* Resident memory of the process and what it is made of, beside the tracked peak; bytes, 0 where
 * unknown. */
struct fil_resident {
    int64_t start;   /* when the recording began: the interpreter and what it had loaded */
    int64_t at_peak; /* near the tracked peak */
    int64_t most;    /* the most there was in the recording so far */
    /* pages of files at the peak, beyond those at the start: libraries, mapped files */
    int64_t files;
    int64_t allocator_overhead; /* what allocators add to the sizes of the blocks that live now; an
                                   estimate */
    int64_t profiler;           /* own memory */
    struct fil_resident_most at_most;
};

/* Child processes, whose memory isn't in any figure else. Resident memory in bytes. */
struct fil_children {
    uint32_t count, running; /* made by this process, in the recording; and still there */
    int64_t largest_bytes;   /* the most that one of them is known to have had; 0: unknown */
    int64_t shared_bytes;    /* so much of that it may share with this process, its parent */
    int64_t most_bytes;      /* none of them had more; 0: unknown */
};

struct fil_snapshot {
    struct fil_function *functions; /* [0] is {"", "", 0} */
    uint32_t function_count;
    struct fil_snapshot_node *nodes;
    uint32_t node_count; /* at least 1 */
    struct fil_snapshot_part *parts;
    uint32_t part_count;
    const char *const *threads; /* names as the nodes' strings; [0] is the main thread */
    uint32_t thread_count;      /* at least 1 */
    struct fil_snapshot_file *files;
    uint32_t file_count;
    int64_t peak_bytes;        /* the total at that moment; the nodes' bytes add up to it within
                                  error_bound_bytes */
    int64_t error_bound_bytes; /* 0: exact */
    int64_t reserved_bytes;    /* what libraries had mapped for themselves and never touched: in no
                                  other figure */
    int64_t live_bytes;        /* the total when the snapshot was taken */
    struct fil_snapshot_end end;
    double peak_at;             /* seconds after the start */
    int64_t *timeline;          /* the most there was in each period since the start */
    uint32_t timeline_count;    /* periods; 0: unknown */
    double timeline_period;     /* seconds */
    int64_t *timeline_resident; /* the process's resident memory in as many periods: the most that
                                   was read, 0 where nothing was; NULL: unknown */
    struct fil_resident resident;
    struct fil_children children;
    uint32_t node_room; /* needed for its release: room for nodes, and bytes for files */
    size_t file_room;
    double started, seconds; /* Unix time; and from start() to the snapshot */
};

#define FIL_SNAPSHOT_MOST_PERIODS 2048u

/* Leaves what libraries reserved and never touched out of all figures but the nodes': at the moment
 * shown reserved_bytes, and `now` when the snapshot was taken. It wasn't live in the time since
 * they did, either. */
void fil_snapshot_leave_out_reserved(struct fil_snapshot *snapshot, int64_t now);
/* Releases everything but the functions and their names. */
void fil_snapshot_clear(struct fil_snapshot *snapshot);

#endif
