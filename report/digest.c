/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include "imports.h"

bool fil_digest_make(struct fil_digest *digest, const struct fil_report *report, const struct fil_tree *tree,
                     struct fil_arena *arena) {
    digest->report = report;
    digest->tree = tree ? tree : fil_tree_of(report, arena);
    digest->spliced = digest->tree ? fil_imports_spliced(digest->tree, arena) : NULL;
    digest->answers = digest->spliced ? fil_answers_of(report, digest->tree, arena) : NULL;
    return digest->answers;
}
