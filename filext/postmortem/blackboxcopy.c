/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the copies of a black box's pieces, each checked against the file's bounds.
 * fil_blackboxcopy_open is its main entry. */
#define _GNU_SOURCE
#include "blackboxcopy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/own.h"

#define MAX_PIECE ((uint64_t)1 << 36) /* bytes; larger ones are damage */
#define ENTRIES_AT_ONCE 128u          /* of the directory, in one reading */

/* All of it or nothing. */
static bool read_at(int fd, void *to, size_t bytes, uint64_t offset) {
    for (size_t done = 0; done < bytes;) {
        ssize_t got = pread(fd, (char *)to + done, bytes - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        done += (size_t)got;
    }
    return true;
}

int fil_blackboxcopy_open(struct fil_blackboxcopy *copies, const char *path) {
    struct stat file;
    *copies = (struct fil_blackboxcopy){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (copies->fd < 0) return errno;
    int error = fstat(copies->fd, &file) == 0 && S_ISREG(file.st_mode) ? 0 : EINVAL;
    copies->written = (double)file.st_mtim.tv_sec;
    if (!error && file.st_size == 0) error = ENODATA;
    if (!error && !read_at(copies->fd, &copies->head, sizeof copies->head, 0)) error = EINVAL;
    if (!error && copies->head.magic != FIL_BLACKBOX_MAGIC)
        error = copies->head.magic ? EINVAL : ENODATA;
    else if (!error && copies->head.version != FIL_BLACKBOX_VERSION) error = EPROTO;
    else if (!error && copies->head.state == FIL_BLACKBOX_NEW) error = ENODATA;
    if (error) fil_blackboxcopy_close(copies);
    return error;
}

static bool copy_piece(struct fil_blackboxcopy *copies, const struct fil_blackbox_piece *piece) {
    if (copies->count == FIL_BLACKBOX_MAX_PIECES || piece->bytes == 0 || piece->bytes > MAX_PIECE)
        return false;
    char *copy = fil_own_map(piece->bytes);
    if (!copy) return false;
    copies->pieces[copies->count++] = (struct fil_blackboxcopy_piece){
        piece->kind, piece->index, piece->address, piece->bytes, copy};
    return read_at(copies->fd, copy, piece->bytes, piece->offset);
}

/* A piece that is given back while we copy it reads as zeros, or not at all, and is no longer in
 * the directory then. */
static bool is_still_there(const struct fil_blackboxcopy *copies, uint32_t entry,
                           const struct fil_blackbox_piece *piece) {
    struct fil_blackbox_piece now;
    return read_at(copies->fd, &now, sizeof now, FIL_BLACKBOX_DIRECTORY + entry * sizeof now) &&
           now.kind == piece->kind && now.offset == piece->offset;
}

static bool copy_entry(struct fil_blackboxcopy *copies, uint32_t entry,
                       const struct fil_blackbox_piece *piece) {
    uint32_t before = copies->count;
    bool good = copy_piece(copies, piece);
    if (is_still_there(copies, entry, piece)) return good;
    if (copies->count > before) fil_blackboxcopy_drop(copies);
    return true;
}

bool fil_blackboxcopy_copy(struct fil_blackboxcopy *copies, enum fil_piece kind) {
    struct fil_blackbox_piece some[ENTRIES_AT_ONCE];
    if (!copies->pieces)
        copies->pieces = fil_own_map(FIL_BLACKBOX_MAX_PIECES * sizeof *copies->pieces);
    if (!copies->pieces || !read_at(copies->fd, &copies->head, sizeof copies->head, 0))
        return false;
    uint32_t count = copies->head.piece_count;
    if (count > FIL_BLACKBOX_MAX_PIECES) return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = i - i % ENTRIES_AT_ONCE, now = count - first;
        if (now > ENTRIES_AT_ONCE) now = ENTRIES_AT_ONCE;
        if (i == first && !read_at(copies->fd, some, now * sizeof *some,
                                   FIL_BLACKBOX_DIRECTORY + first * sizeof *some))
            return false;
        if (some[i - first].kind == kind && !copy_entry(copies, i, &some[i - first])) return false;
    }
    return true;
}

const struct fil_blackboxcopy_piece *fil_blackboxcopy_find(const struct fil_blackboxcopy *copies,
                                                           enum fil_piece kind, uint32_t index,
                                                           uint64_t bytes) {
    const struct fil_blackboxcopy_piece *found = NULL;
    for (uint32_t i = 0; i < copies->count; i++) {
        const struct fil_blackboxcopy_piece *piece = &copies->pieces[i];
        if (piece->kind == kind && piece->index == index && piece->bytes >= bytes &&
            (!found || piece->bytes > found->bytes))
            found = piece;
    }
    return found;
}

/* As RFC 3629 has it: no surrogates, nothing longer than need be. */
bool fil_blackboxcopy_is_utf8(const char *bytes, size_t length) {
    const unsigned char *text = (const unsigned char *)bytes;
    for (size_t i = 0; i < length;) {
        unsigned char c = text[i++];
        if (c < 0x80) continue;
        int more = c >= 0xC2 && c <= 0xDF   ? 1
                   : (c & 0xF0) == 0xE0     ? 2
                   : c >= 0xF0 && c <= 0xF4 ? 3
                                            : 0;
        if (!more || length - i < (size_t)more) return false;
        unsigned char least = c == 0xE0   ? 0xA0
                              : c == 0xF0 ? 0x90
                                          : 0x80,
                      most = c == 0xED   ? 0x9F
                             : c == 0xF4 ? 0x8F
                                         : 0xBF;
        for (; more; more--, i++, least = 0x80, most = 0xBF) {
            if (text[i] < least || text[i] > most) return false;
        }
    }
    return true;
}

const char *fil_blackboxcopy_text(const struct fil_blackboxcopy *copies, uint64_t address) {
    for (uint32_t i = 0; i < copies->count; i++) {
        const struct fil_blackboxcopy_piece *piece = &copies->pieces[i];
        if (piece->kind != FIL_PIECE_TEXT || address < piece->address ||
            address - piece->address >= piece->bytes)
            continue;
        const char *text = piece->copy + (address - piece->address);
        size_t room = piece->bytes - (address - piece->address), length = strnlen(text, room);
        return length < room && fil_blackboxcopy_is_utf8(text, length) ? text : "?";
    }
    return "?";
}

void fil_blackboxcopy_drop(struct fil_blackboxcopy *copies) {
    const struct fil_blackboxcopy_piece *last = &copies->pieces[--copies->count];
    fil_own_unmap(last->copy, last->bytes);
}

void fil_blackboxcopy_forget(struct fil_blackboxcopy *copies) {
    while (copies->count) fil_blackboxcopy_drop(copies);
}

void fil_blackboxcopy_close(struct fil_blackboxcopy *copies) {
    fil_blackboxcopy_forget(copies);
    fil_own_unmap(copies->pieces, FIL_BLACKBOX_MAX_PIECES * sizeof *copies->pieces);
    copies->pieces = NULL;
    if (copies->fd >= 0) close(copies->fd);
    copies->fd = -1;
}
