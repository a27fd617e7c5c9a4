/* SPDX-License-Identifier: Apache-2.0 */
#include "newthread.h"

#include <stdint.h>

#include "../engine/own.h"
#include "../engine/recorder.h"
#include "../engine/spinlock.h"
#include "../engine/thread.h"
#include "real.h"

/* What the creator tells the new thread. Notes are taken from a page of them and go back to the free list at once. */
struct note {
    void *(*routine)(void *);
    void *argument;
    struct fil_creation creation;
    struct note *next;
};

static struct {
    struct fil_spinlock lock;
    struct note *free;
} notes;

static struct note *note_get(void) {
    fil_spinlock_lock(&notes.lock);
    if (!notes.free) {
        size_t count = FIL_OS_PAGE / sizeof(struct note);
        struct note *fresh = fil_own_map(FIL_OS_PAGE);
        for (size_t i = 0; fresh && i < count; i++) {
            fresh[i].next = notes.free;
            notes.free = &fresh[i];
        }
    }
    struct note *note = notes.free;
    if (note) notes.free = note->next;
    fil_spinlock_unlock(&notes.lock);
    return note;
}

static void note_put(struct note *note) {
    fil_spinlock_lock(&notes.lock);
    note->next = notes.free;
    notes.free = note;
    fil_spinlock_unlock(&notes.lock);
}

static void *begin(void *argument) {
    struct note note = *(struct note *)argument;
    note_put(argument);
    fil_thread_made_by(note.creation);
    return note.routine(note.argument);
}

int fil_newthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*routine)(void *), void *argument) {
    struct note *note = note_get();
    if (!note) return fil_real.pthread_create(thread, how, routine, argument);
    *note = (struct note){routine, argument, fil_recorder_creation(), NULL};
    int error = fil_real.pthread_create(thread, how, begin, note);
    if (error) note_put(note);
    return error;
}

void fil_newthread_after_fork(void) {
    fil_spinlock_reset(&notes.lock);
}
