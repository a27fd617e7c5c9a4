/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the notes by which a new thread learns who made it. fil_newthread_create is its main entry.
 */
#include "newthread.h"

#include <stdint.h>

#include "../base/own.h"
#include "../base/spinlock.h"
#include "../engine/recorder.h"
#include "../engine/thread.h"
#include "pools.h"
#include "real.h"

/* What the creator tells the new thread. Notes are taken from a page of them and go back to the
 * free list at once. */
struct note {
    union {
        void *(*posix)(void *);
        thrd_start_t c11;
    } routine;
    void *argument;
    struct fil_creation creation;
    struct note *next;
};

static struct {
    struct fil_spinlock lock;
    struct note *free; /* guarded by the lock; NULL: another page is needed */
} notes = {.lock = FIL_SPINLOCK(FIL_LOCK_NOTES)};

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

/* A note for a thread that is to run `routine(argument)`. NULL without memory, and where there is
 * nothing to say: while nothing is recorded only a pool's threads are told that they are one's. */
static struct note *note_for(const void *routine, void *argument) {
    bool recorded = !fil_state_is_stopped(), pooled = fil_pools_have(routine, argument);
    struct note *note = recorded || pooled ? note_get() : NULL;
    if (!note) return NULL;
    struct fil_creation creation = {0};
    if (recorded) creation = fil_recorder_creation();
    creation.pooled = pooled;
    *note = (struct note){.argument = argument, .creation = creation};
    return note;
}

/* In the new thread. */
static struct note read_note(void *argument) {
    struct note note = *(struct note *)argument;
    note_put(argument);
    fil_thread_made_by(note.creation);
    return note;
}

static void *begin(void *argument) {
    struct note note = read_note(argument);
    return note.routine.posix(note.argument);
}

static int begin_c11(void *argument) {
    struct note note = read_note(argument);
    return note.routine.c11(note.argument);
}

int fil_newthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*routine)(void *),
                         void *argument) {
    struct note *note = note_for((const void *)routine, argument);
    if (!note) return fil_real.pthread_create(thread, how, routine, argument);
    note->routine.posix = routine;
    int error = fil_real.pthread_create(thread, how, begin, note);
    if (error) note_put(note);
    return error;
}

int fil_newthread_create_c11(thrd_t *thread, thrd_start_t routine, void *argument) {
    struct note *note = note_for((const void *)routine, argument);
    if (!note) return fil_real.thrd_create(thread, routine, argument);
    note->routine.c11 = routine;
    int result = fil_real.thrd_create(thread, begin_c11, note);
    if (result != thrd_success) note_put(note);
    return result;
}

void fil_newthread_after_fork(void) {
    fil_spinlock_reset(&notes.lock);
}
