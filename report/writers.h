/* SPDX-License-Identifier: Apache-2.0 */
/* The writers, one file each. All append to `buffer` and use `arena` for what they need meanwhile;
 * 0 or ENOMEM. */
#ifndef FIL_WRITERS_H
#define FIL_WRITERS_H

#include <errno.h>

#include "facts.h"
#include "shown.h"

/* A report in one format. */
int fil_render_digest(const struct fil_digest *digest, enum fil_format format,
                      struct fil_buffer *buffer);

/* As fil_report_write_files. */
int fil_digest_write_files(const struct fil_digest *digest, const char *directory, const char *stem,
                           struct fil_written written[FIL_REPORT_FILES],
                           const struct fil_report_end *end);

int fil_write_folded(const struct fil_digest *digest, struct fil_arena *arena,
                     struct fil_buffer *buffer);
/* Of a digest as seen at its peak; what is known of its end is in it. */
int fil_write_json(const struct fil_shown *shown, struct fil_arena *arena,
                   struct fil_buffer *buffer);
/* The JSON's beginning, what is known of the process, without its closing brace; of a digest that
 * is seen at its end with the figures of then. */
void fil_write_facts(const struct fil_digest *digest, struct fil_arena *scratch,
                     struct fil_buffer *buffer);
/* The JSON's members from `packages` to `answers`. False without memory. */
bool fil_jsontree_write(const struct fil_shown *shown, struct fil_arena *arena,
                        struct fil_arena *scratch, struct fil_buffer *buffer);
/* What the exports are made of: what is in use, without the import system, and with shortened
 * stacks. */
const struct fil_tree *fil_tree_for_exports(const struct fil_digest *digest,
                                            struct fil_arena *arena);
int fil_write_svg(const struct fil_digest *digest, bool reversed, struct fil_arena *arena,
                  struct fil_buffer *buffer);
/* A page of its own; one that is as small as a notebook's; a notebook's. */
enum fil_page { FIL_PAGE_WHOLE, FIL_PAGE_SMALL, FIL_PAGE_EMBED };
int fil_write_html(const struct fil_digest *digest, enum fil_page page, struct fil_arena *arena,
                   struct fil_buffer *buffer);

/* What resident memory was made of when it was largest: parts that add up to it. */
#define FIL_ACCOUNT_ITEMS 7u
struct fil_account_item {
    int64_t bytes;
    const char *what;
};
/* How many there are: none where resident memory is unknown. What would read 0.0 MiB is left out.
 */
uint32_t fil_account_items(const struct fil_digest *digest,
                           struct fil_account_item items[FIL_ACCOUNT_ITEMS]);
/* What is left of the resident memory around the peak when everything known is taken away;
 * `untouched`: bytes of the peak. Negative where memory of before the recording was used again. 0
 * where resident memory is unknown. */
int64_t fil_report_resident_rest(const struct fil_snapshot *snapshot, int64_t untouched);
#endif
