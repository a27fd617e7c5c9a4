/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the sentence about child processes. fil_children_write is its main entry. */
#include "children.h"

#define LARGE_BYTES ((int64_t)50 << 20)

bool fil_children_are_large(const struct fil_children *children, int64_t peak_bytes) {
    int64_t largest = children->largest_bytes;
    return children->count && largest && (largest >= LARGE_BYTES || largest >= peak_bytes / 10);
}

static double mebibytes(int64_t bytes) {
    return (double)bytes / (1 << 20);
}

static void add_sizes(const struct fil_children *c, struct fil_buffer *buffer) {
    const char *who = c->count == 1                       ? "it"
                      : c->largest_bytes == c->most_bytes ? "the largest"
                                                          : "one";
    if (c->largest_bytes) {
        fil_buffer_format(buffer, "; %s held %.1f MiB (RSS)", who, mebibytes(c->largest_bytes));
        if (c->shared_bytes >= c->largest_bytes / 10)
            fil_buffer_format(buffer, ", up to %.1f MiB of it shared with this program",
                              mebibytes(c->shared_bytes));
        if (c->most_bytes > c->largest_bytes && c->count > 1)
            fil_buffer_format(buffer, ", none more than %.1f MiB", mebibytes(c->most_bytes));
    } else if (c->most_bytes) {
        who = c->count == 1 ? "it held no" : "none held";
        fil_buffer_format(buffer, "; %s more than %.1f MiB (RSS)", who, mebibytes(c->most_bytes));
    }
}

void fil_children_write(const struct fil_children *c, struct fil_buffer *buffer) {
    if (!c->count) return;
    fil_buffer_thousands(buffer, c->count);
    fil_buffer_text(buffer, c->count == 1 ? " child process ran, not counted"
                                          : " child processes ran, not counted");
    if (c->running && c->count == 1) fil_buffer_text(buffer, " (it still runs)");
    else if (c->running)
        fil_buffer_format(buffer, " (%u still run%s)", c->running, c->running == 1 ? "s" : "");
    add_sizes(c, buffer);
}
