/* SPDX-License-Identifier: Apache-2.0 */
/* The copy of a black box's file: its pieces in own memory, each within bounds that were checked.
 */
#ifndef FIL_BOXED_H
#define FIL_BOXED_H

#include <stdbool.h>
#include <stdint.h>

#include "../engine/blackbox.h"

struct fil_boxed_piece {
    uint32_t kind, index;
    uint64_t address; /* the writer's */
    uint64_t bytes;
    char *copy;
};

struct fil_boxed {
    int fd;
    double written; /* when it last was, Unix time: to within the seconds that the system takes to
                       note it */
    struct fil_blackbox_head head;
    struct fil_boxed_piece *pieces; /* those copied so far */
    uint32_t count;
};

/* Opens it and reads its head. 0 or an errno; EINVAL: it is no black box, EPROTO: of another
 * version, ENODATA: nothing was recorded yet. */
int fil_boxed_open(struct fil_boxed *boxed, const char *path);
/* Copies all pieces of a kind as they are now. False without memory, or when the file is damaged.
 */
bool fil_boxed_copy(struct fil_boxed *boxed, enum fil_piece kind);
/* The copy with this index, of at least `bytes`; the largest, if a piece was just growing. NULL
 * when there is none. */
const struct fil_boxed_piece *fil_boxed_find(const struct fil_boxed *boxed, enum fil_piece kind,
                                             uint32_t index, uint64_t bytes);
/* The text that lay at `address` in the writer: within a copied piece of text, NUL-terminated
 * there, and valid UTF-8; else "?".
 */
const char *fil_boxed_text(const struct fil_boxed *boxed, uint64_t address);
bool fil_boxed_is_utf8(const char *text, size_t length);
/* Forgets the copy made last. */
void fil_boxed_drop(struct fil_boxed *boxed);
/* Forgets the copies, to begin again; the file stays open. */
void fil_boxed_forget(struct fil_boxed *boxed);
void fil_boxed_close(struct fil_boxed *boxed);

#endif
