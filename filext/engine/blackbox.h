/* SPDX-License-Identifier: Apache-2.0 */
/* The black box: the part of a recording that outlives the process, in a file that is mapped shared.
 *
 *   head            page 0: whose it is, and how far it got
 *   directory       pieces[0 .. piece_count), each entry published by its kind, which is written last
 *   pieces          (kind, index): (nodes, 3) is the fourth chunk of the call tree. Pointers in them are the writer's: a piece's
 *                   `address` says where it lay
 *
 * Who wants memory that outlives the process asks here instead of at own.h; without a black box it gets private memory, which is
 * all that changes. When there is no more room every piece is mapped privately over itself: the file stays as it is at that
 * moment, the recording goes on in private memory.
 *
 * Own lock (the last of spinlock.h's list). Opening, beginning and ending with the engine at rest. Reading: postmortem/unbox.h.
 */
#ifndef FIL_BLACKBOX_H
#define FIL_BLACKBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../platform/bell.h"
#include "../platform/lifeline.h"

#define FIL_BLACKBOX_MAGIC 0x0A584F424C494601u
#define FIL_BLACKBOX_VERSION 4u /* another layout of anything in the file is another version */
#define FIL_BLACKBOX_MAX_PIECES 65536u
#define FIL_BLACKBOX_SHORTAGE 0x46694C       /* the value that comes with the signal which says that memory is short */
#define FIL_BLACKBOX_SPARE ((size_t)4 << 20) /* bytes on the disk that it leaves to the report */

enum fil_blackbox_state {
    FIL_BLACKBOX_NEW,       /* nothing is recorded yet */
    FIL_BLACKBOX_RECORDING, /* or died while recording */
    FIL_BLACKBOX_FULL,      /* recording, but the file stays as it was at `left_at` */
    FIL_BLACKBOX_LOST,      /* recording, but the file couldn't be found again: it isn't of one moment any more */
    FIL_BLACKBOX_ENDED      /* the recording's end was reported */
};

enum fil_piece {
    FIL_PIECE_NONE, /* a free entry */
    FIL_PIECE_COUNTERS,
    FIL_PIECE_SLOTS, /* of the thread whose record has this number */
    FIL_PIECE_NODES,
    FIL_PIECE_TIMELINE,
    FIL_PIECE_FULLEST,
    FIL_PIECE_THREADNAMES,
    FIL_PIECE_PROCESS,
    FIL_PIECE_FUNCTIONS,
    FIL_PIECE_TEXT,
    FIL_PIECE_CHILDREN
};

struct fil_blackbox_piece {
    _Atomic uint32_t kind;
    uint32_t index;
    uint64_t address, offset, bytes;
};

struct fil_blackbox_head {
    uint64_t magic;
    uint32_t version;
    _Atomic uint32_t state;
    _Atomic uint32_t piece_count;      /* entries in use, free ones among them */
    int32_t error;                     /* an errno: why it is full or lost */
    double started, left_at;           /* Unix time, seconds */
    int64_t process_id, process_start; /* as struct fil_process: together they name one process for ever */
    int64_t resident_start, files_start;
    struct fil_lifeline lifeline;    /* held by the main thread, where somebody watches */
    _Atomic int32_t shortage_signal; /* by which the process wants to be told that its memory runs short; 0: it doesn't */
    _Atomic uint32_t watches_memory; /* somebody looks out for that */
    _Atomic uint32_t signalling;     /* the signal is just being sent, or not */
    _Atomic uint32_t makes_room;     /* somebody answers the bell: who may not open the file any more asks for room there */
    struct fil_bell bell;
    uint64_t room_offset, room_bytes; /* 0 bytes: whether anybody is there */
    int32_t room_error;               /* the answer: an errno */
    int32_t left_error;               /* not 0: the process ended, and left its report to who watches it; an errno: why */
};

#define FIL_BLACKBOX_DIRECTORY 4096u /* offsets in the file */
#define FIL_BLACKBOX_PIECES (FIL_BLACKBOX_DIRECTORY + FIL_BLACKBOX_MAX_PIECES * sizeof(struct fil_blackbox_piece))

/* The next recording goes into this file, which is made if need be and must be empty, or zeros; NULL: none does. `watched`: the
 * calling thread, which must be the main one, holds the lifeline from now on, and `shortage_signal` is as in the head. 0, or an
 * errno: then there is no black box. Between two recordings. */
int fil_blackbox_open(const char *path, bool watched, int shortage_signal);
/* Whether somebody looks out for a shortage, and will send the signal. */
bool fil_blackbox_memory_is_watched(void);
/* It is another one from now on, or none (0): when this returns nobody sends the old one any more. */
void fil_blackbox_expect_shortage_signal(int number);
/* The recording begins: from now on pieces go into the file. As the head's fields of the same names. */
void fil_blackbox_begin(double started, int64_t resident_start, int64_t files_start);
/* Static pages go into the file, or out of it again, and keep their place and contents. `pages` and `bytes` are page-aligned. */
void fil_blackbox_take_in(enum fil_piece kind, void *pages, size_t bytes);
/* The recording's end has been reported: whoever waits for one needn't. */
void fil_blackbox_reported(void);
/* The report can't be written by this process, because of `error`: who watches it makes it from the recording, which goes on to
 * the end. False when nobody does, or the recording isn't whole. */
bool fil_blackbox_leave(int error);
/* The recording is over: the file is let go, and stays. Pieces that are given back afterwards are no longer of it. */
void fil_blackbox_end(void);

/* As the functions of own.h. A piece is given back whole. */
void *fil_blackbox_map(enum fil_piece kind, uint32_t index, size_t bytes);
void *fil_blackbox_grow(enum fil_piece kind, uint32_t index, void *block, size_t old_bytes, size_t new_bytes);
void fil_blackbox_unmap(void *block, size_t bytes);

/* How much of the file's pages is in this process's resident memory, in bytes. */
size_t fil_blackbox_resident_bytes(void);
/* In a forked child, before anything else there: it gets pages of its own. */
void fil_blackbox_after_fork(void);

#endif
