/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings: what the program obtained by mmap and its kin, and how much of it counts.
 *
 *   ordinary memory       its length, whether touched or not
 *   a reservation         what is resident, read again at checkpoints; nothing while it is
 *                         inaccessible (PROT_NONE)
 *   shared memory         its length, once however often the same memory is mapped
 *   a file                what was written to privately; pages that the system can drop are listed
 *                         apart, and never count
 *
 * The lock is fil_ranges_lock, one for all that is known of mappings. All functions but clear are
 * called in a section. */
#ifndef FIL_MAPPINGS_H
#define FIL_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calltree.h"
#include "checkpoints.h"
#include "livetable.h"
#include "ranges.h"
#include "thread.h"

struct fil_mapping {
    uintptr_t start;
    size_t bytes;
    enum fil_counting counting;
    enum fil_kind kind;
    const char *path; /* of a file whose pages can be dropped, else NULL */
    bool by_library; /* a library maps it for itself: the part that is never touched is no memory */
    uintptr_t caller;        /* address in the code that mapped it; 0: unknown */
    uint64_t object, offset; /* shared memory: its identity (0: unknown), and where the mapping
                                begins in it, in bytes */
};

/* The stack `node` made the mapping. Ranges that it covers are gone. */
void fil_mappings_add(struct fil_thread *thread, const struct fil_mapping *mapping, uint32_t node);
/* The program is about to unmap it. Here and below `running` is the node of the calling thread's
 * stack. */
void fil_mappings_remove(struct fil_thread *thread, uintptr_t start, size_t bytes,
                         uint32_t running);
/* The program is about to map something over it, if it can. */
void fil_mappings_replacing(struct fil_thread *thread, uintptr_t start, size_t bytes,
                            uint32_t running);
/* The program has mapped something over it that isn't counted. */
void fil_mappings_replaced(struct fil_thread *thread, uintptr_t start, size_t bytes);
/* The program is about to unmap the one range that begins at `start`. */
void fil_mappings_remove_whole(struct fil_thread *thread, uintptr_t start, uint32_t running);
/* The program is about to discard the content of pages (madvise): what counts by residency counts
 * nothing there afterwards. Returns whether pages of private memory are among them. */
bool fil_mappings_drop(struct fil_thread *thread, uintptr_t start, size_t bytes, uint32_t running);
/* The pages are accessible from now on, and if `writable` can be written to. What becomes resident
 * of a reservation there counts for `node`; what is written to a file mapped privately counts. */
void fil_mappings_made_accessible(struct fil_thread *thread, uintptr_t start, size_t bytes,
                                  bool writable, uint32_t node);

/* Around mremap of `bytes` bytes at `start`. No other mapping is recorded between begin and end, so
 * a mapping that another thread gets at the old address is recorded after the move. */
struct fil_move {
    uintptr_t old_start, new_start;
    size_t old_bytes, new_bytes;
    bool keeps_old; /* MREMAP_DONTUNMAP */
};
void fil_mappings_begin_move(struct fil_thread *thread, uintptr_t start, size_t bytes,
                             uint32_t running);
/* `move` is NULL when the call failed. The range counts for `node` now. */
void fil_mappings_end_move(struct fil_thread *thread, const struct fil_move *move, uint32_t node);

/* Reads again what is resident of reservations and what was written of files, when that is due
 * (checkpoints.h). What an arena grew by counts for the stack `running`. */
void fil_mappings_checkpoint(struct fil_thread *thread, uint32_t running, enum fil_checkpoint when);
/* A block of FIL_LARGE_BLOCK bytes or more is about to be freed: a maximum may end here. */
void fil_mappings_end_of_block(struct fil_thread *thread, size_t bytes, uint32_t running);
/* Whether there is anything to read again. */
bool fil_mappings_want_checkpoints(void);
/* Whether there is anything that counts only when it becomes accessible. */
bool fil_mappings_has_inaccessible(void);

/* While the engine is quiescent: */
void fil_mappings_clear(void);
/* Takes in an arena that is older than the recording: pages of it that become resident from now on
 * count. */
void fil_mappings_adopt(uintptr_t start, uintptr_t end);
void fil_mappings_after_fork(void);

#ifdef FIL_DEBUG
/* debug.h; the ranges' and the residency's included. */
bool fil_mappings_is_valid(void);
/* Shows everything that counts, as blocks. */
void fil_mappings_visit(fil_visit_block visit, void *context);
#endif

#endif
