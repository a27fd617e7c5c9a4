/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the watcher's answers to a program that can't make room in its file any more. fil_room_begin
 * starts the thread that gives them. */
#include "room.h"

#include <errno.h>
#include <pthread.h>

#include "../platform/os.h"
#include "../platform/sharedfile.h"
#include "rights.h"

#define MOST_ROOM ((uint64_t)1 << 40) /* bytes; who asks for more is mistaken */

static struct {
    const char *path;
    int process_id;
    struct fil_blackbox_head *head;
    struct fil_sharedfile_identity identity;
} file;

/* In the file that was there at first, whatever is there now. 0 or an errno. */
static int make_room(uint64_t offset, uint64_t bytes) {
    struct fil_sharedfile_identity identity;
    if ((offset | bytes) % FIL_OS_PAGE || offset > MOST_ROOM || bytes > MOST_ROOM) return EINVAL;
    int fd = fil_sharedfile_open(file.path, false, &identity), error = fd < 0 ? -fd : 0;
    if (error) return error;
    if (identity.device != file.identity.device || identity.inode != file.identity.inode)
        error = ENOENT;
    if (!error && bytes) error = fil_sharedfile_reserve(fd, offset, bytes, FIL_BLACKBOX_SPARE);
    fil_sharedfile_close(fd);
    return error;
}

static void *answer(void *unused) {
    for (;;) {
        fil_bell_wait(&file.head->bell);
        fil_rights_look(file.process_id); /* it may be another user's by now */
        file.head->room_error = make_room(file.head->room_offset, file.head->room_bytes);
        fil_bell_answer(&file.head->bell);
    }
    return unused;
}

void fil_room_begin(const char *path, int process_id, struct fil_blackbox_head *head) {
    pthread_t thread;
    file.path = path;
    file.process_id = process_id;
    file.head = head;
    int fd = fil_sharedfile_open(path, false, &file.identity);
    if (fd < 0) return;
    fil_sharedfile_close(fd);
    if (pthread_create(&thread, NULL, answer, NULL) == 0) atomic_store(&head->makes_room, 1);
}
