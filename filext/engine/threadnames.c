/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the names of a recording's threads by number. fil_threadnames_number is its main entry, for
 * each thread that is made. */
#include "threadnames.h"

#include <string.h>

#include "../base/spinlock.h"
#include "blackbox.h"

#define MAX_NAMES FIL_THREADNAMES_MOST

static struct {
    struct fil_spinlock lock;
    /* Written under the lock, by release after the name: a reader without the lock finds all names
     * below it whole. */
    _Atomic uint32_t count; /* besides the main thread */
} threads = {.lock = FIL_SPINLOCK(FIL_LOCK_THREADNAMES)};
/* In pages of their own, which the black box takes in. A name never changes while the recording
 * lasts. */
static char names[MAX_NAMES][FIL_THREADNAME_BYTES]
    __attribute__((aligned(FIL_OS_PAGE))) = {"MainThread"};

/* Returns how many bytes of `name` fit: it is cut before a character that doesn't fit whole. */
static size_t fitting(const char *name) {
    size_t length = strnlen(name, FIL_THREADNAME_BYTES);
    if (length < FIL_THREADNAME_BYTES) return length;
    length = FIL_THREADNAME_BYTES - 1;
    /* Back to the first byte of the character that is cut: UTF-8's others begin with 10. */
    while (length && ((unsigned char)name[length] & 0xC0) == 0x80) length--;
    return length;
}

uint32_t fil_threadnames_number(const char *name) {
    size_t length = fitting(name);
    fil_spinlock_lock(&threads.lock);
    uint32_t count = atomic_load_explicit(&threads.count, memory_order_relaxed) + 1, number = 0;
    while (number < count &&
           (strlen(names[number]) != length || memcmp(names[number], name, length) != 0))
        number++;
    /* All names but one are used up: the last number is for all threads to come. */
    if (number >= MAX_NAMES - 1) {
        number = MAX_NAMES - 1;
        name = "other threads";
        length = strlen(name);
    }
    if (number >= count) {
        memcpy(names[number], name, length);
        names[number][length] = 0;
        atomic_store_explicit(&threads.count, number, memory_order_release);
    }
    fil_spinlock_unlock(&threads.lock);
    return number;
}

uint32_t fil_threadnames_count(void) {
    return atomic_load_explicit(&threads.count, memory_order_acquire) + 1;
}

const char *fil_threadnames_name(uint32_t number) {
    return names[number];
}

void fil_threadnames_clear(void) {
    memset(names[1], 0, fil_threadnames_count() * FIL_THREADNAME_BYTES - FIL_THREADNAME_BYTES);
    atomic_store(&threads.count, 0);
}

void fil_threadnames_keep(void) {
    fil_blackbox_take_in(FIL_PIECE_THREADNAMES, names, sizeof names);
}

void fil_threadnames_after_fork(void) {
    fil_spinlock_reset(&threads.lock);
}

#ifdef FIL_DEBUG
/* Checks that each name has an end and a number of its own, and that nothing stands behind the
 * last. */
bool fil_threadnames_is_valid(void) {
    uint32_t count = fil_threadnames_count();
    if (count > MAX_NAMES || strcmp(names[FIL_MAIN_THREAD], "MainThread") != 0) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!memchr(names[i], 0, FIL_THREADNAME_BYTES)) return false;
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(names[i], names[k]) == 0) return false;
        }
    }
    return count == MAX_NAMES || !names[count][0];
}
#endif
