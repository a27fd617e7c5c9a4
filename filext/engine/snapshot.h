/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot: a recording frozen at its peak. All that report/ ever sees.
 *
 *   nodes      0 ── root; its own bytes belong to no Python stack
 *              ├─ 1  (function 1, line 7)   12 bytes of its own
 *              │  └─ 2  (function 2, line 3)
 *              └─ 3 …                       parent index < own index, always
 *
 * A snapshot borrows its functions' names from whoever made it and owns nothing of them. It is plain data: no lock,
 * read by any thread, until fil_snapshot_clear or, for the borrowed part, the next start(). */
#ifndef FIL_SNAPSHOT_H
#define FIL_SNAPSHOT_H

#include <stdint.h>

/* Strings are NUL-terminated valid UTF-8, never NULL; control characters may stand in them. */
struct fil_function {
    const char *name;    /* as code.co_name: "<module>", "f" */
    const char *file;    /* as code.co_filename: relative stays relative */
    uint32_t first_line; /* where the definition begins, 1-based */
};

struct fil_snapshot_node {
    uint32_t parent;      /* index into nodes */
    uint32_t function;    /* index into functions; 0 for the root */
    uint32_t line;        /* 1-based; 0 when the bytecode has none */
    uint32_t allocations; /* made by this very stack since start(), modulo 2^32 */
    int64_t bytes;        /* own live bytes at the moment the snapshot shows */
};

struct fil_snapshot {
    struct fil_function *functions; /* [0] is {"", "", 0} */
    uint32_t function_count;
    struct fil_snapshot_node *nodes;
    uint32_t node_count;          /* at least 1 */
    int64_t peak_bytes;           /* the total at that moment; the nodes' bytes add up to it within error_bound_bytes */
    int64_t error_bound_bytes;    /* 0: exact */
    int64_t resident_start_bytes; /* of the process when the recording began */
    int64_t resident_peak_bytes;  /* VmHWM when the snapshot was taken */
    int64_t profiler_bytes;       /* own memory, resident */
    double started;               /* Unix time, seconds */
    double seconds;               /* from start() to the snapshot */
};

#endif
