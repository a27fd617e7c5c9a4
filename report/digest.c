/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what all writers of a report draw from: its clean tree and its answers. fil_digest_make is
 * its main entry. */
#include "digest.h"

#include "cleantree.h"
#include "imports.h"

static bool splice(struct fil_digest *digest, struct fil_arena *arena) {
    digest->held = fil_tree_held(digest->tree, arena);
    digest->spliced = digest->held ? fil_imports_spliced(digest->held, arena) : NULL;
    return digest->spliced;
}

/* The report as seen at its end: with the figures of then, and without those of the peak alone. */
static struct fil_report *report_at_end(const struct fil_report *report,
                                        const struct fil_tree *tree, struct fil_arena *arena) {
    struct fil_report *result = fil_arena_get(arena, sizeof *result);
    struct fil_snapshot *snapshot = fil_arena_get(arena, sizeof *snapshot);
    if (!result || !snapshot) return NULL;
    *snapshot = *report->snapshot;
    snapshot->peak_bytes = report->snapshot->end.bytes;
    snapshot->parts = tree->parts;
    snapshot->part_count = tree->part_count;
    snapshot->end = (struct fil_snapshot_end){.is_now = report->snapshot->end.is_now};
    snapshot->file_count = 0;
    *result = *report;
    result->snapshot = snapshot;
    result->at_end = true;
    return result;
}

static bool make_end(struct fil_digest *digest, struct fil_arena *arena) {
    struct fil_digest *end = fil_arena_get(arena, sizeof *end);
    const struct fil_tree *tree = end ? fil_tree_at_end(digest->tree, arena) : NULL;
    const struct fil_report *report = tree ? report_at_end(digest->report, tree, arena) : NULL;
    if (!report) return false;
    *end = (struct fil_digest){.report = report, .tree = tree, .whole = digest};
    end->answers = fil_answers_of(report, tree, arena);
    digest->end = end;
    return end->answers;
}

bool fil_digest_make(struct fil_digest *digest, const struct fil_report *report,
                     const struct fil_tree *tree, struct fil_arena *arena) {
    *digest =
        (struct fil_digest){.report = report, .tree = tree ? tree : fil_tree_of(report, arena)};
    if (!digest->tree || !splice(digest, arena)) return false;
    digest->answers = fil_answers_of(report, digest->tree, arena);
    if (!digest->answers) return false;
    return !report->snapshot->end.is_known || make_end(digest, arena);
}

bool fil_digest_complete_end(struct fil_digest *digest, struct fil_arena *arena) {
    return !digest->end || splice(digest->end, arena);
}

const struct fil_tree *fil_digest_in_use(const struct fil_digest *digest,
                                         const struct fil_tree *tree, struct fil_arena *arena) {
    bool is_less = tree->nodes[0].untouched || (tree->end && tree->end[0].untouched);
    return is_less && digest->answers->only_touched ? fil_tree_in_use(tree, arena) : tree;
}
