/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the sentences that say why a report shows the moment it does. fil_reason_write is its entry.
 */
#include "reason.h"

#include "../filext/base/sizetext.h"

const char *const fil_reason_names[FIL_REASON_KINDS] = {
    "none", "text", "limit-met", "request-failed", "swapped", "asked", "low", "ended", "running"};

const char *const fil_reason_ends[FIL_REASON_ENDS] = {"unknown", "exit", "signal", "exec"};

static void add(struct fil_buffer *buffer, const char *before, int64_t bytes, const char *after) {
    char text[FIL_SIZETEXT];
    fil_buffer_text(buffer, before);
    fil_buffer_text(buffer, fil_sizetext((double)bytes, text));
    fil_buffer_text(buffer, after);
}

static void add_text(struct fil_buffer *buffer, const char *text) {
    fil_buffer_text(buffer, text ? text : "");
}

static void add_limit(const struct fil_reason *r, struct fil_buffer *buffer, const char *after) {
    fil_buffer_text(buffer, " (");
    add_text(buffer, r->limit);
    fil_buffer_text(buffer, ")");
    fil_buffer_text(buffer, after);
}

#define LEAST_UNLOOKED (1 << 20) /* bytes; and so much of the peak at least: */
#define UNLOOKED_SHARE 64
#define LEAST_OUTDATED 1.0 /* seconds */

/* What isn't known of a process that can't be looked at any more. */
static void write_doubts(const struct fil_reason *r, struct fil_buffer *buffer) {
    if (r->unlooked >= LEAST_UNLOOKED && r->unlooked >= r->peak / UNLOOKED_SHARE) {
        char text[FIL_SIZETEXT];
        fil_sizetext_mebibytes(r->unlooked, text);
        fil_buffer_format(buffer, "; of that, up to %s may never have been used", text);
    }
    if (r->outdated_seconds >= LEAST_OUTDATED)
        fil_buffer_format(buffer, "; what of it was used was last looked at %.1f s before",
                          r->outdated_seconds);
}

static void write_end(const struct fil_reason *r, struct fil_buffer *buffer) {
    char peak[FIL_SIZETEXT], live[FIL_SIZETEXT]; /* as in the summary, which stands below it */
    fil_sizetext_mebibytes(r->peak, peak);
    fil_sizetext_mebibytes(r->live, live);
    add_text(buffer, r->text);
    bool runs = r->kind == FIL_REASON_RUNNING;
    const char *so_far = runs ? " so far" : "", *when = runs ? "now" : "at the end";
    fil_buffer_format(buffer, "; peak %s%s; %s %s", peak, so_far, when, live);
    write_doubts(r, buffer);
    if (r->kept_seconds > 0) {
        fil_buffer_format(
            buffer,
            "; as it was %.1f s after the start, when the recording couldn't be kept any longer (",
            r->kept_seconds);
        add_text(buffer, r->error);
        fil_buffer_text(buffer, ")");
    }
    if (r->for_memory) fil_buffer_text(buffer, "; the kernel's out-of-memory killer was at work");
}

static void write_shortage(const struct fil_reason *r, struct fil_buffer *buffer) {
    fil_buffer_text(buffer, "Out of memory: ");
    if (r->kind == FIL_REASON_LIMIT_MET) {
        add(buffer, "a request for ", r->request, " failed");
        add_limit(r, buffer, "");
    } else if (r->kind == FIL_REASON_REQUEST_FAILED) {
        add(buffer, "a request for ", r->request, " failed (");
        add_text(buffer, r->limit);
        add(buffer, ": ", r->available, "");
        add(buffer, " of ", r->total, " left)");
    } else if (r->kind == FIL_REASON_SWAPPED) {
        add(buffer, "", r->swapped, " of the process are in swap");
        add(buffer, ", more than the ", r->available, " that are left");
        add_limit(r, buffer, "");
    } else {
        if (r->kind == FIL_REASON_ASKED) add(buffer, "", r->request, " requested, ");
        add(buffer, "", r->available, "");
        add(buffer, " of ", r->total, " left");
        add_limit(r, buffer, ", ");
        add(buffer, "and ", r->threshold, " are to stay free");
    }
}

void fil_reason_write(const struct fil_reason *reason, struct fil_buffer *buffer) {
    switch (reason->kind) {
    case FIL_REASON_NONE: break;
    case FIL_REASON_TEXT: add_text(buffer, reason->text); break;
    case FIL_REASON_ENDED:
    case FIL_REASON_RUNNING: write_end(reason, buffer); break;
    default: write_shortage(reason, buffer);
    }
}
