/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a summary below the lines that hold the most: mapped files, resident memory as an account that adds up, and
 * child processes. */
#include "children.h"
#include "writers.h"

#define TOP_FILES 3u
#define LEAST_RESERVED (1 << 20) /* bytes */
#define NEAR_SHARE 64            /* as near to the peak as resident memory is read for it */

int64_t fil_report_resident_rest(const struct fil_snapshot *s, int64_t untouched) {
    const struct fil_resident *r = &s->resident;
    if (!r->at_peak) return 0;
    return r->at_peak - (s->peak_bytes - untouched + r->start + r->files + r->allocator_overhead + r->profiler);
}

static void add_mebibytes(struct fil_buffer *buffer, int64_t bytes) {
    fil_buffer_format(buffer, "%.1f MiB", (double)bytes / (1 << 20));
}

/* The program's own line that led to it; where there is none, the innermost line. */
static uint32_t own_line_above(const struct fil_digest *digest, uint32_t node) {
    const struct fil_tree *tree = digest->spliced;
    const struct fil_places *places = digest->answers->places;
    uint32_t at = node;
    while (at) {
        uint32_t path = places->path_of[tree->nodes[at].function];
        if (places->packages[places->paths[path].package].code == FIL_CODE_OWN) return at;
        at = tree->nodes[at].parent;
    }
    return node;
}

static void add_file(const struct fil_digest *digest, const struct fil_snapshot_file *file, struct fil_buffer *buffer) {
    uint32_t place = own_line_above(digest, file->node);
    const struct fil_tree_node *node = &digest->spliced->nodes[place];
    fil_buffer_format(buffer, "%10.1f MiB mapped, %.1f MiB in memory%s: ", (double)file->mapped_bytes / (1 << 20),
                      (double)file->resident_bytes / (1 << 20), file->at_most ? " when resident memory was largest" : "");
    fil_buffer_line(buffer, *file->path ? file->path : "(unknown file)");
    if (place) fil_buffer_text(buffer, ", mapped at ");
    if (place) fil_write_place(digest, node->function, node->line, buffer);
    fil_buffer_text(buffer, "\n");
}

/* The largest in memory. `below`: the one before, NULL for the first. Of equal ones each has its
 * turn. */
static const struct fil_snapshot_file *next_file(const struct fil_tree *tree, const struct fil_snapshot_file *below) {
    const struct fil_snapshot_file *next = NULL;
    for (uint32_t i = 0; i < tree->file_count; i++) {
        const struct fil_snapshot_file *file = &tree->files[i];
        bool is_left = !below || file->resident_bytes < below->resident_bytes ||
                       (file->resident_bytes == below->resident_bytes && file > below);
        if (is_left && (!next || file->resident_bytes > next->resident_bytes)) next = file;
    }
    return next;
}

static void add_files(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_tree *tree = digest->spliced;
    int64_t mapped = 0, resident = 0;
    for (uint32_t i = 0; i < tree->file_count; i++) {
        mapped += tree->files[i].mapped_bytes;
        resident += tree->files[i].resident_bytes;
    }
    fil_buffer_text(buffer, "Mapped files, which don't count: ");
    add_mebibytes(buffer, mapped);
    fil_buffer_text(buffer, ", of which ");
    add_mebibytes(buffer, resident);
    fil_buffer_text(buffer, " in memory\n");
    const struct fil_snapshot_file *file = next_file(tree, NULL);
    for (uint32_t i = 0; file && i < TOP_FILES; i++, file = next_file(tree, file)) {
        if (i && file->resident_bytes < FIL_LEAST_SHOWN) break;
        add_file(digest, file, buffer);
    }
}

/* What resident memory is made of at one moment; bytes. */
struct account {
    int64_t whole, tracked, files, overhead, rest;
};

static int64_t smallest(int64_t a, int64_t b, int64_t c) {
    int64_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* When resident memory was largest; where that isn't known, at the peak. What was never touched is
 * known of the peak: at another moment it is as much of that as must have been, for the figures to
 * add up. */
static struct account account_of(const struct fil_snapshot *s, int64_t untouched) {
    const struct fil_resident *r = &s->resident;
    const struct fil_resident_most *most = &r->at_most;
    struct account a = {most->bytes, most->tracked, most->files, most->allocator_overhead, 0};
    if (!most->bytes) a = (struct account){r->at_peak, s->peak_bytes, r->files, r->allocator_overhead, 0};
    a.rest = a.whole - (a.tracked + r->start + a.files + a.overhead + r->profiler);
    bool is_peak = a.tracked >= s->peak_bytes - s->peak_bytes / NEAR_SHARE;
    int64_t absent = is_peak ? untouched : a.rest < 0 ? smallest(-a.rest, untouched, a.tracked) : 0;
    a.tracked -= absent;
    a.rest += absent;
    return a;
}

uint32_t fil_account_items(const struct fil_digest *digest, struct fil_account_item items[FIL_ACCOUNT_ITEMS]) {
    const struct fil_snapshot *s = digest->report->snapshot;
    const struct fil_resident *r = &s->resident;
    struct account a = account_of(s, digest->tree->nodes[0].untouched);
    const struct fil_account_item all[FIL_ACCOUNT_ITEMS] = {
        {a.tracked, "tracked"},
        {r->start, "before the recording"},
        {a.files, s->file_count ? "pages of files (those above, and libraries)" : "pages of files"},
        {a.overhead, "allocators' overhead"},
        {r->profiler, "the profiler's own"},
        {a.rest > 0 ? a.rest : 0, "not tracked"},
        {r->most - a.whole, "at another moment"},
        {a.rest < 0 ? -a.rest : 0, "less: used again, or never touched"},
    };
    uint32_t count = 0;
    for (uint32_t i = 0; r->most && i < FIL_ACCOUNT_ITEMS; i++) {
        if (i == 0 || all[i].bytes >= FIL_LEAST_SHOWN) items[count++] = all[i];
    }
    return count;
}

static void add_account(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_resident *r = &digest->report->snapshot->resident;
    struct fil_account_item items[FIL_ACCOUNT_ITEMS];
    uint32_t count = fil_account_items(digest, items);
    fil_buffer_text(buffer, "Resident memory at most: ");
    add_mebibytes(buffer, r->most);
    if (r->at_most.bytes) fil_buffer_format(buffer, ", after %.1f s", r->at_most.at);
    for (uint32_t i = 0; i < count; i++) {
        fil_buffer_text(buffer, i ? ", " : " = ");
        add_mebibytes(buffer, items[i].bytes);
        fil_buffer_format(buffer, " %s", items[i].what);
    }
    fil_buffer_text(buffer, "\n");
}

void fil_write_account(const struct fil_digest *digest, struct fil_buffer *buffer) {
    const struct fil_snapshot *s = digest->report->snapshot;
    if (digest->report->at_end) return; /* it tells of the peak */
    if (digest->spliced->file_count) add_files(digest, buffer);
    if (s->reserved_bytes >= LEAST_RESERVED) {
        fil_buffer_text(buffer, "Reserved by libraries, not used, and not counted: ");
        add_mebibytes(buffer, s->reserved_bytes);
        fil_buffer_text(buffer, "\n");
    }
    if (s->resident.most) add_account(digest, buffer);
    if (s->children.count && !fil_children_are_large(&s->children, s->peak_bytes)) {
        fil_children_write(&s->children, buffer);
        fil_buffer_text(buffer, "\n");
    }
}
