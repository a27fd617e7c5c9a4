/* SPDX-License-Identifier: Apache-2.0 */
/* The black box: the part of a recording that outlives the process, in a file that is mapped
 * shared.
 *
 *   head            page 0: the process, and how far the recording got
 *   directory       pieces[0 .. piece_count), each entry published by its kind, which is written
 *                   last
 *   pieces          (kind, index): (nodes, 3) is the fourth chunk of the call tree. Pointers in
 *                   them are valid in the writing process: a piece's `address` says where it lay
 *
 * Memory that should outlive the process comes from here instead of own.h; without a black box it
 * is private memory, which is the only difference. When the file has no more room every piece is
 * mapped privately over itself: the file stays as it is at that moment, and the recording goes on
 * in private memory.
 *
 * Own lock. Opening, beginning and ending while the engine is
 * quiescent. Reading: postmortem/readout.h. */
#ifndef FIL_BLACKBOX_H
#define FIL_BLACKBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/piece.h"
#include "../platform/bell.h"
#include "../platform/lifeline.h"

#define FIL_BLACKBOX_MAGIC 0x0A584F424C494601u
#define FIL_BLACKBOX_VERSION 7u /* another layout of anything in the file is another version */
#define FIL_BLACKBOX_MAX_PIECES 65536u
#define FIL_BLACKBOX_SPARE ((size_t)4 << 20) /* bytes on the disk that it leaves to the report */

enum fil_blackbox_state {
    FIL_BLACKBOX_NEW,       /* nothing is recorded yet */
    FIL_BLACKBOX_RECORDING, /* recording, or dead while recording */
    FIL_BLACKBOX_FULL,      /* recording, but the file stays as it was at `left_at` */
    FIL_BLACKBOX_LOST /* recording, but the file couldn't be opened again: its pieces aren't of one
                         moment any more */
};

struct fil_blackbox_piece {
    _Atomic uint32_t kind;
    uint32_t index;
    uint64_t address, offset, bytes;
};

/* Written by the process that records, but for what is said to be the watcher's. The atomic fields
 * are read while it runs; `state` and `piece_count` are written by release, after what they tell
 * of. */
struct fil_blackbox_head {
    uint64_t magic;               /* FIL_BLACKBOX_MAGIC, written last when the file is made */
    uint32_t version;             /* FIL_BLACKBOX_VERSION */
    _Atomic uint32_t state;       /* one of enum fil_blackbox_state */
    _Atomic uint32_t piece_count; /* entries in use, free ones included */
    _Atomic uint32_t reported;    /* 1: the recording's end has been reported, or can't be by this
                                     process, and that was said */
    int32_t error;                /* an errno: the reason of FULL or LOST */
    double started, left_at;      /* Unix time, seconds */
    int64_t process_id,
        process_start; /* as in struct fil_process: together they identify one process for ever */
    int64_t resident_start, files_start; /* bytes when the recording began */
    struct fil_lifeline lifeline;    /* held by the main thread, where a watcher (filwatch) runs */
    _Atomic int32_t shortage_signal; /* the signal that the watcher sends when memory runs short; 0:
                                        none is wanted */
    _Atomic uint32_t watches_memory; /* the watcher's; 1: it looks for a shortage */
    _Atomic uint32_t signalling;     /* the watcher's; 1: it is just sending the signal */
    _Atomic uint32_t makes_room; /* the watcher's; 1: it answers the bell, for a process that can't
                                    open the file any more */
    struct fil_bell bell;
    uint64_t room_offset,
        room_bytes; /* the question: room for so many bytes there; 0 bytes: is there a watcher? */
    int32_t room_error; /* the answer, the watcher's: an errno */
    int32_t left_error; /* not 0: the process ended and left its report to the watcher; the reason,
                           an errno */
};

#define FIL_BLACKBOX_DIRECTORY 4096u /* offsets in the file */
#define FIL_BLACKBOX_PIECES                                                                        \
    (FIL_BLACKBOX_DIRECTORY + FIL_BLACKBOX_MAX_PIECES * sizeof(struct fil_blackbox_piece))

/* The next recording goes into this file, which may not exist yet and must be empty or zeros; NULL:
 * into none. `watched`: the calling thread, which must be the main one, holds the lifeline from now
 * on, and `shortage_signal` is as in the head. Returns 0, or an errno: then there is no black box.
 * Between two recordings. */
int fil_blackbox_open(const char *path, bool watched, int shortage_signal);
/* Whether a watcher looks for a shortage, and will send the signal. */
bool fil_blackbox_memory_is_watched(void);
/* The shortage signal is another one from now on, or none (0): the old one isn't sent any more when
 * this returns. */
void fil_blackbox_expect_shortage_signal(int number);
/* The recording begins: from now on pieces go into the file. The parameters are as the head's
 * fields of the same names. */
void fil_blackbox_begin(double started, int64_t resident_start, int64_t files_start);
/* Maps static pages into the file; they keep their place and contents. `pages` and `bytes` are
 * page-aligned. */
void fil_blackbox_take_in(enum fil_piece kind, void *pages, size_t bytes);
/* The recording's end needs no report by the watcher. `closed`: the file takes in nothing more, and
 * may go; what is mapped while the process ends stays out of it. */
void fil_blackbox_reported(bool closed);
/* Delegates the report to the watcher, because this process can't write it (`error`); the recording
 * goes on until the process ends. Returns false without a watcher or a whole recording. */
bool fil_blackbox_leave(int error);
/* The recording is over: the file is closed, and stays. Pieces that are unmapped afterwards stay in
 * it. */
void fil_blackbox_end(void);

/* As fil_own_map, fil_own_grow and fil_own_unmap, for a piece. A piece is unmapped whole. */
void *fil_blackbox_map(enum fil_piece kind, uint32_t index, size_t bytes);
void *fil_blackbox_grow(enum fil_piece kind, uint32_t index, void *block, size_t old_bytes,
                        size_t new_bytes);
void fil_blackbox_unmap(void *block, size_t bytes);

/* Returns how many bytes of this process's resident memory are the file's pages. */
size_t fil_blackbox_resident_bytes(void);
/* In a forked child, before all else: the child gets pages of its own. */
void fil_blackbox_after_fork(void);

#endif
