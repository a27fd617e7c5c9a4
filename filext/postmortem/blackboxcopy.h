/* SPDX-License-Identifier: Apache-2.0 */
/* The copy of a black box's file: its pieces in own memory, each within bounds that were checked.
 */
#ifndef FIL_BLACKBOXCOPY_H
#define FIL_BLACKBOXCOPY_H

#include <stdbool.h>
#include <stdint.h>

#include "../engine/blackbox.h"

struct fil_blackboxcopy_piece {
    uint32_t kind, index;
    uint64_t address; /* the writer's */
    uint64_t bytes;
    char *copy;
};

struct fil_blackboxcopy {
    int fd;
    double written; /* when it last was, Unix time: to within the seconds that the system takes to
                       note it */
    struct fil_blackbox_head head;
    struct fil_blackboxcopy_piece *pieces; /* those copied so far */
    uint32_t count;
};

/* Opens it and reads its head. 0 or an errno; EINVAL: it is no black box, EPROTO: of another
 * version, ENODATA: nothing was recorded yet. */
int fil_blackboxcopy_open(struct fil_blackboxcopy *copies, const char *path);
/* Copies all pieces of a kind as they are now. False without memory, or when the file is damaged.
 */
bool fil_blackboxcopy_copy(struct fil_blackboxcopy *copies, enum fil_piece kind);
/* The copy with this index, of at least `bytes`; the largest, if a piece was just growing. NULL
 * when there is none. */
const struct fil_blackboxcopy_piece *fil_blackboxcopy_find(const struct fil_blackboxcopy *copies,
                                                           enum fil_piece kind, uint32_t index,
                                                           uint64_t bytes);
/* The text that lay at `address` in the writer: within a copied piece of text, NUL-terminated
 * there, and valid UTF-8; else "?".
 */
const char *fil_blackboxcopy_text(const struct fil_blackboxcopy *copies, uint64_t address);
bool fil_blackboxcopy_is_utf8(const char *text, size_t length);
/* Forgets the copy made last. */
void fil_blackboxcopy_drop(struct fil_blackboxcopy *copies);
/* Forgets the copies, to begin again; the file stays open. */
void fil_blackboxcopy_forget(struct fil_blackboxcopy *copies);
void fil_blackboxcopy_close(struct fil_blackboxcopy *copies);

#endif
