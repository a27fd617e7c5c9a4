/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings: what the program got from mmap and its kin, apart from blocks, and how much of it counts.
 *
 *   ordinary memory       its length, whether touched or not
 *   a reservation         what is resident, re-read at checkpoints; nothing while nobody may touch it (PROT_NONE)
 *   shared memory         its length, once however often the same memory is mapped
 *   a file                what was written to privately; the pages that can be dropped are listed apart, and never count
 *
 * One lock, also for ranges.h and paths.h. All functions but clear are called in a section. */
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
    const char *path;        /* of a file whose pages can be dropped, else NULL */
    bool by_library;         /* a library maps it for itself: what of it is never touched is no memory */
    uintptr_t caller;        /* whose code mapped it; 0: not to be told */
    uint64_t object, offset; /* shared memory: which (0: not to be told from other), and where the mapping begins in it */
};

/* The stack `node` mapped it: whatever of ours lay there is gone. */
void fil_mappings_add(struct fil_thread *thread, const struct fil_mapping *mapping, uint32_t node);
/* The program is about to unmap it. Here and below `running` is the stack that runs. */
void fil_mappings_remove(struct fil_thread *thread, uintptr_t start, size_t bytes, uint32_t running);
/* The program is about to map something over it, if it can. */
void fil_mappings_replacing(struct fil_thread *thread, uintptr_t start, size_t bytes, uint32_t running);
/* The program has mapped something over it that isn't counted. */
void fil_mappings_replaced(struct fil_thread *thread, uintptr_t start, size_t bytes);
/* The program is about to unmap the one range that begins at `start`. */
void fil_mappings_remove_whole(struct fil_thread *thread, uintptr_t start, uint32_t running);
/* The program is about to let go of the pages' content: of what counts by looking nothing is left there. Whether there
 * are pages of private memory among it. */
bool fil_mappings_drop(struct fil_thread *thread, uintptr_t start, size_t bytes, uint32_t running);
/* The program may touch the pages from now on, and if `writable` write to them: of reservations, what becomes resident there
 * belongs to `node`, and of files mapped privately what is written counts. */
void fil_mappings_open(struct fil_thread *thread, uintptr_t start, size_t bytes, bool writable, uint32_t node);

/* mremap of so many bytes at `start`: between these two no other mapping is recorded, so whoever gets the old place comes
 * after. */
struct fil_move {
    uintptr_t old_start, new_start;
    size_t old_bytes, new_bytes;
    bool keeps_old; /* MREMAP_DONTUNMAP */
};
void fil_mappings_begin_move(struct fil_thread *thread, uintptr_t start, size_t bytes, uint32_t running);
/* `move` is NULL when the call failed. The range is now the line's of `node`. */
void fil_mappings_end_move(struct fil_thread *thread, const struct fil_move *move, uint32_t node);

/* Re-reads what is resident of reservations and what was written of files, when that is due. What an arena grew by belongs to the
 * stack `running`. */
void fil_mappings_checkpoint(struct fil_thread *thread, uint32_t running, enum fil_checkpoint when);
/* A block of FIL_LARGE_BLOCK or more is about to go: a maximum may end here. */
void fil_mappings_end_of_block(struct fil_thread *thread, size_t bytes, uint32_t running);
/* Whether there is anything to re-read. */
bool fil_mappings_want_checkpoints(void);
/* Whether there is anything that counts only when it is opened. */
bool fil_mappings_has_closed(void);

/* The number of the newest mapping; any thread, at any time. */
uint32_t fil_mappings_newest(void);
/* Calls `look` with the lock, unless another thread has it, or the calling one itself. */
void fil_mappings_let_look(void (*look)(void));
/* How much of the range was never touched, of what counts by its length. With the lock, or the engine at rest. */
size_t fil_mappings_untouched(const struct fil_range *range);
/* With the engine at rest: */
void fil_mappings_clear(void);
/* An arena from before the recording: what comes into memory of it from now on counts, as of any other. */
void fil_mappings_adopt(uintptr_t start, uintptr_t end);
void fil_mappings_after_fork(void);

#ifdef FIL_DEBUG
/* debug.h; the ranges' and the residency's included. */
bool fil_mappings_is_valid(void);
/* Shows everything that counts, as blocks. */
void fil_mappings_visit(fil_visit_block visit, void *context);
#endif

#endif
