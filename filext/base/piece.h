/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of pieces of a black box (engine/blackbox.h): each is written by one module. */
#ifndef FIL_PIECE_H
#define FIL_PIECE_H

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
    FIL_PIECE_CHILDREN,
    FIL_PIECE_ENDING,
    FIL_PIECE_LARGEBLOCKS,
    FIL_PIECE_RANGES,
    FIL_PIECE_ENDED
};

/* The value that comes with the signal by which the watcher says that memory is short. */
#define FIL_BLACKBOX_SHORTAGE 0x46694C

#endif
