/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the black box of this process: the file, its directory, and which pages lie in it.
 * fil_blackbox_grow is its main entry, for each piece of a recording. */
#include "blackbox.h"

#include <errno.h>
#include <string.h>

#include "../base/own.h"
#include "../base/spinlock.h"
#include "../platform/process.h"
#include "../platform/sharedfile.h"

#define MAX_INSIDE 8u
#define ANSWER_MS 1000

/* Static pages that are mapped from the file at present. */
struct inside {
    void *pages;
    size_t bytes;
};

static struct {
    struct fil_spinlock lock;
    /* Written between two recordings, and read in one without the lock: */
    struct fil_blackbox_head *head; /* NULL: there is no black box. The directory lies behind it */
    struct fil_blackbox_piece *pieces;       /* the directory; entries change under the lock */
    bool watched;                            /* the head stays mapped: the lifeline is held */
    struct fil_sharedfile_identity identity; /* of the file that was opened, by which it is known */
    char path[4096];
    /* New pieces go into the file. Written under the lock; read without it, so that a recording
     * without a black box takes no lock, and once more under it. */
    _Atomic bool in_use;
    /* Guarded by the lock: */
    uint64_t file_end;     /* offset at which the next piece goes, bytes */
    uint32_t reserved;     /* entries of the directory that have room on the disk */
    uint32_t free_entries; /* among those in use */
    struct inside inside[MAX_INSIDE];
    uint32_t inside_count;
} blackbox = {.lock = FIL_SPINLOCK(FIL_LOCK_BLACKBOX)};

/* Opens the file again, if the path still leads to it; returns a descriptor, or an errno, negative.
 */
static int open_again(void) {
    struct fil_sharedfile_identity identity = {0, 0};
    int fd = fil_sharedfile_open(blackbox.path, false, &identity);
    if (fd < 0 ||
        (identity.device == blackbox.identity.device && identity.inode == blackbox.identity.inode))
        return fd;
    fil_sharedfile_close(fd);
    return -ENOENT;
}

/* After this a reader's file stays as it is: nothing of this process writes to it. */
static void let_go(void) {
    fil_os_unmap(blackbox.head, FIL_BLACKBOX_PIECES);
    blackbox.head = NULL;
}

int fil_blackbox_open(const char *path, bool watched, int shortage_signal) {
    if (blackbox.head) return EBUSY;
    if (!path) return 0;
    size_t length = strlen(path);
    if (length >= sizeof blackbox.path) return ENAMETOOLONG;
    int fd = fil_sharedfile_open(path, true, &blackbox.identity);
    if (fd < 0) return -fd;
    memcpy(blackbox.path, path, length + 1);
    int error =
        fil_sharedfile_reserve(fd, 0, FIL_BLACKBOX_DIRECTORY + FIL_OS_PAGE, FIL_BLACKBOX_SPARE);
    void *head = NULL;
    if (!error) error = fil_sharedfile_map(fd, 0, FIL_BLACKBOX_PIECES, NULL, true, &head);
    blackbox.head = head;
    fil_sharedfile_close(fd);
    /* A recording is in it already, and stays. */
    if (!error && blackbox.head->magic) {
        let_go();
        error = EEXIST;
    }
    if (error) return error;
    blackbox.pieces = (struct fil_blackbox_piece *)((char *)blackbox.head + FIL_BLACKBOX_DIRECTORY);
    blackbox.file_end = FIL_BLACKBOX_PIECES;
    blackbox.reserved = FIL_OS_PAGE / sizeof *blackbox.pieces;
    blackbox.free_entries = blackbox.inside_count = 0;
    blackbox.watched = watched;
    blackbox.head->shortage_signal = shortage_signal;
    if (watched) fil_lifeline_hold(&blackbox.head->lifeline);
    blackbox.head->version = FIL_BLACKBOX_VERSION;
    /* The last: a reader takes a file without it for none. */
    blackbox.head->magic = FIL_BLACKBOX_MAGIC;
    return 0;
}

bool fil_blackbox_memory_is_watched(void) {
    return blackbox.head && atomic_load(&blackbox.head->shortage_signal) &&
           atomic_load(&blackbox.head->watches_memory);
}

void fil_blackbox_expect_shortage_signal(int number) {
    if (!blackbox.head) return;
    atomic_store(&blackbox.head->shortage_signal, number);
    for (unsigned round = 0; atomic_load(&blackbox.head->signalling) && round < ANSWER_MS; round++)
        fil_os_wait(round);
}

void fil_blackbox_begin(double started, int64_t resident_start, int64_t files_start) {
    struct fil_process self = {0};
    if (!blackbox.head) return;
    fil_process_look(fil_os_process_id(), &self);
    blackbox.head->process_id = fil_os_process_id();
    blackbox.head->process_start = self.start;
    blackbox.head->started = started;
    blackbox.head->resident_start = resident_start;
    blackbox.head->files_start = files_start;
    atomic_store_explicit(&blackbox.in_use, true, memory_order_relaxed);
    /* Release, for a reader beside us: one that finds RECORDING finds the fields above. */
    atomic_store_explicit(&blackbox.head->state, FIL_BLACKBOX_RECORDING, memory_order_release);
}

/* The program goes on without the file, which has no more room (`fd` is open then), or can't be
 * opened any more. Other threads may be writing to the pieces: the pages change under them from the
 * file's to private ones with the same contents, so nothing is lost. */
static void give_up_locked(int fd, int error) {
    fil_spinlock_assert_held(&blackbox.lock);
    uint32_t count = atomic_load_explicit(&blackbox.head->piece_count, memory_order_relaxed);
    /* Mapping a piece privately over itself copies a page only when it is written to again. */
    bool keeps_moment = fd >= 0;
    for (uint32_t i = 0; keeps_moment && i < count; i++) {
        const struct fil_blackbox_piece *piece = &blackbox.pieces[i];
        if (atomic_load_explicit(&piece->kind, memory_order_relaxed) == FIL_PIECE_NONE) continue;
        void *at = (void *)(uintptr_t)piece->address;
        keeps_moment = fil_sharedfile_map(fd, piece->offset, piece->bytes, at, false, &at) == 0;
    }
    blackbox.head->error = error;
    blackbox.head->left_at = fil_os_unix_time();
    atomic_store_explicit(&blackbox.head->state,
                          keeps_moment ? FIL_BLACKBOX_FULL : FIL_BLACKBOX_LOST,
                          memory_order_release);
    atomic_store_explicit(&blackbox.in_use, false, memory_order_relaxed);
}

/* Whether the watcher may succeed where this process, by now, can't: another user's file, one
 * outside of its new root, no descriptor left, a limit that the program has set itself. */
static bool can_be_delegated(int error) {
    return error == ENOENT || error == EACCES || error == EPERM || error == EMFILE ||
           error == ENFILE || error == EFBIG;
}

/* Asks the watcher; returns 0 or an errno. */
static int ask_for_room(uint64_t offset, uint64_t bytes) {
    if (!atomic_load_explicit(&blackbox.head->makes_room, memory_order_relaxed)) return EACCES;
    /* One question at a time: it is asked under the lock. Ringing orders the fields. */
    blackbox.head->room_offset = offset;
    blackbox.head->room_bytes = bytes;
    if (fil_bell_ring(&blackbox.head->bell, ANSWER_MS)) return blackbox.head->room_error;
    atomic_store_explicit(&blackbox.head->makes_room, 0, memory_order_relaxed);
    return ETIMEDOUT;
}

static int reserve(int fd, uint64_t offset, size_t bytes) {
    int error = fd < 0 ? EACCES : fil_sharedfile_reserve(fd, offset, bytes, FIL_BLACKBOX_SPARE);
    return can_be_delegated(error) ? ask_for_room(offset, bytes) : error;
}

/* Maps a part of the file; without a descriptor through the head, which is mapped already. */
static int map(int fd, uint64_t offset, size_t bytes, void *at, void **block) {
    if (fd >= 0) return fil_sharedfile_map(fd, offset, bytes, at, true, block);
    return at ? EACCES : fil_sharedfile_map_by(blackbox.head, offset, bytes, block);
}

/* Returns a free entry with room on the disk; NULL and an errno when there is none. */
static struct fil_blackbox_piece *free_entry_locked(int fd, int *error) {
    fil_spinlock_assert_held(&blackbox.lock);
    uint32_t count = atomic_load_explicit(&blackbox.head->piece_count, memory_order_relaxed);
    for (uint32_t i = 0; blackbox.free_entries && i < count; i++) {
        if (atomic_load_explicit(&blackbox.pieces[i].kind, memory_order_relaxed) != FIL_PIECE_NONE)
            continue;
        blackbox.free_entries--;
        return &blackbox.pieces[i];
    }
    /* The directory's own pages are reserved one at a time: written to without room on the disk
     * they would end the program by SIGBUS. */
    *error = count == FIL_BLACKBOX_MAX_PIECES ? ENOSPC : 0;
    if (!*error && count == blackbox.reserved) {
        /* The watcher may have the right to do it where this process lost it. */
        *error = reserve(fd, FIL_BLACKBOX_DIRECTORY + count * sizeof *blackbox.pieces, FIL_OS_PAGE);
        if (!*error) blackbox.reserved += FIL_OS_PAGE / sizeof *blackbox.pieces;
    }
    if (*error) return NULL;
    atomic_store_explicit(&blackbox.head->piece_count, count + 1, memory_order_release);
    return &blackbox.pieces[count];
}

/* Makes a piece, at `at` or anywhere, with `contents`. NULL when the file has no room: then it is
 * given up. */
static void *new_piece_locked(enum fil_piece kind, uint32_t index, size_t bytes, void *at,
                              const void *contents, size_t length) {
    fil_spinlock_assert_held(&blackbox.lock);
    int fd = open_again(), error = fd < 0 && !can_be_delegated(-fd) ? -fd : 0;
    void *block = NULL;
    struct fil_blackbox_piece *piece = error ? NULL : free_entry_locked(fd, &error);
    if (piece) error = reserve(fd, blackbox.file_end, bytes);
    if (!error) error = map(fd, blackbox.file_end, bytes, NULL, &block);
    if (block && length) memcpy(block, contents, length);
    if (block && at) { /* the pages with the contents now take the place of the old ones */
        fil_os_unmap(block, bytes);
        error = map(fd, blackbox.file_end, bytes, at, &block);
    }
    if (block) {
        piece->index = index;
        piece->address = (uint64_t)(uintptr_t)block;
        piece->offset = blackbox.file_end;
        piece->bytes = bytes;
        blackbox.file_end += bytes;
        /* Published: before this the reader passes the entry over. */
        atomic_store_explicit(&piece->kind, kind, memory_order_release);
    } else {
        give_up_locked(fd, error);
    }
    if (fd >= 0) fil_sharedfile_close(fd);
    return block;
}

/* Without room the pages stay private: they aren't in the file, and the recording is FULL. */
void fil_blackbox_take_in(enum fil_piece kind, void *pages, size_t bytes) {
    fil_spinlock_lock(&blackbox.lock);
    bool is_in_use = atomic_load_explicit(&blackbox.in_use, memory_order_relaxed) &&
                     blackbox.inside_count < MAX_INSIDE;
    if (is_in_use && new_piece_locked(kind, 0, bytes, pages, pages, bytes))
        blackbox.inside[blackbox.inside_count++] = (struct inside){pages, bytes};
    fil_spinlock_unlock(&blackbox.lock);
}

void *fil_blackbox_map(enum fil_piece kind, uint32_t index, size_t bytes) {
    return fil_blackbox_grow(kind, index, NULL, 0, bytes);
}

/* Pages of a file can't grow, even when they are private by now: a new piece, or a private block,
 * takes their place. */
void *fil_blackbox_grow(enum fil_piece kind, uint32_t index, void *block, size_t old_bytes,
                        size_t new_bytes) {
    if (!blackbox.head) return fil_own_grow(block, old_bytes, new_bytes);
    void *grown = NULL;
    fil_spinlock_lock(&blackbox.lock);
    if (atomic_load_explicit(&blackbox.in_use, memory_order_relaxed))
        grown =
            new_piece_locked(kind, index, fil_os_whole_pages(new_bytes), NULL, block, old_bytes);
    fil_spinlock_unlock(&blackbox.lock);
    if (!grown && (grown = fil_own_map(new_bytes)) && block) memcpy(grown, block, old_bytes);
    if (grown) fil_blackbox_unmap(block, old_bytes);
    return grown;
}

static void strike_out_locked(const void *block) {
    fil_spinlock_assert_held(&blackbox.lock);
    uint32_t count = atomic_load_explicit(&blackbox.head->piece_count, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++) {
        struct fil_blackbox_piece *piece = &blackbox.pieces[i];
        if (piece->address != (uintptr_t)block ||
            atomic_load_explicit(&piece->kind, memory_order_relaxed) == FIL_PIECE_NONE)
            continue;
        /* Struck out before its pages go: a reader must not find a piece without contents. */
        atomic_store_explicit(&piece->kind, FIL_PIECE_NONE, memory_order_release);
        blackbox.free_entries++;
        int fd = open_again();
        if (fd < 0) return;
        fil_sharedfile_release(fd, piece->offset, piece->bytes);
        fil_sharedfile_close(fd);
        return;
    }
}

void fil_blackbox_unmap(void *block, size_t bytes) {
    if (block && atomic_load_explicit(&blackbox.in_use, memory_order_relaxed)) {
        fil_spinlock_lock(&blackbox.lock);
        if (atomic_load_explicit(&blackbox.in_use, memory_order_relaxed)) strike_out_locked(block);
        fil_spinlock_unlock(&blackbox.lock);
    }
    fil_own_unmap(block, bytes);
}

void fil_blackbox_reported(bool closed) {
    if (!blackbox.head) return;
    fil_spinlock_lock(&blackbox.lock);
    atomic_store_explicit(&blackbox.head->reported, 1, memory_order_release);
    if (closed) atomic_store_explicit(&blackbox.in_use, false, memory_order_relaxed);
    fil_spinlock_unlock(&blackbox.lock);
}

bool fil_blackbox_leave(int error) {
    if (!blackbox.head || !can_be_delegated(error)) return false;
    fil_spinlock_lock(&blackbox.lock);
    bool is_whole =
        atomic_load_explicit(&blackbox.head->state, memory_order_relaxed) == FIL_BLACKBOX_RECORDING;
    bool left = is_whole && ask_for_room(0, 0) == 0;
    if (left) blackbox.head->left_error = error;
    fil_spinlock_unlock(&blackbox.lock);
    return left;
}

/* Without memory for private pages the static ones stay mapped from the file, which isn't read any
 * more. */
static void take_out(void) {
    for (uint32_t i = 0; i < blackbox.inside_count; i++)
        fil_sharedfile_detach(blackbox.inside[i].pages, blackbox.inside[i].bytes);
    blackbox.inside_count = 0;
}

void fil_blackbox_end(void) {
    if (!blackbox.head) return;
    /* Reported first: the watcher leaves the file alone, whatever happens to the pieces. */
    fil_blackbox_reported(true);
    take_out();
    if (!blackbox.watched) let_go();
}

size_t fil_blackbox_resident_bytes(void) {
    size_t resident = 0;
    if (!blackbox.head || !atomic_load_explicit(&blackbox.in_use, memory_order_relaxed)) return 0;
    uint32_t count = atomic_load_explicit(&blackbox.head->piece_count, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++) {
        const struct fil_blackbox_piece *piece = &blackbox.pieces[i];
        if (atomic_load_explicit(&piece->kind, memory_order_acquire) != FIL_PIECE_NONE)
            resident += fil_os_file_pages_in((uintptr_t)piece->address, piece->bytes);
    }
    return resident + fil_os_file_pages_in((uintptr_t)blackbox.head, FIL_BLACKBOX_PIECES);
}

void fil_blackbox_after_fork(void) {
    fil_spinlock_reset(&blackbox.lock);
    atomic_store_explicit(&blackbox.in_use, false, memory_order_relaxed);
    if (!blackbox.head) return;
    /* The child writes to its own pages from here on; the file is the parent's. */
    take_out();
    let_go();
    blackbox.watched = false;
}
