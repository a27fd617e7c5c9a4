/* SPDX-License-Identifier: Apache-2.0 */
/* libc's allocation functions. keep_…: obtain memory and hold it to the end. say_…: print what the
 * program can see of a call (result, errno, alignment, contents), which must be the same with and
 * without the profiler. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define PAGE 4096u
#define HUGE_SIZE ((size_t)PTRDIFF_MAX + 1)

/* Read back through a volatile, so that no compiler knows what is asked for. */
static volatile size_t huge = HUGE_SIZE;

/* --- kept to the end, each a call of its own
 * ------------------------------------------------------------------------- */

void *keep_malloc(size_t bytes) {
    return malloc(bytes);
}

void *keep_calloc(size_t count, size_t bytes) {
    return calloc(count, bytes);
}

void *keep_posix_memalign(size_t alignment, size_t bytes) {
    void *block = NULL;
    return posix_memalign(&block, alignment, bytes) ? NULL : block;
}

void *keep_aligned_alloc(size_t alignment, size_t bytes) {
    return aligned_alloc(alignment, bytes);
}

void *keep_memalign(size_t alignment, size_t bytes) {
    return memalign(alignment, bytes);
}

void *keep_valloc(size_t bytes) {
    return valloc(bytes);
}

void *keep_pvalloc(size_t bytes) {
    return pvalloc(bytes);
}

void *keep_realloc(void *block, size_t bytes) {
    return realloc(block, bytes);
}

void *keep_reallocarray(void *block, size_t count, size_t bytes) {
    return reallocarray(block, count, bytes);
}

void *keep_strdup(const char *text) {
    return strdup(text);
}

void *keep_strndup(const char *text, size_t most) {
    return strndup(text, most);
}

void *keep_wcsdup(const wchar_t *text) {
    return wcsdup(text);
}

void *keep_asprintf(int width) {
    char *text = NULL;
    return asprintf(&text, "%*d", width, 7) < 0 ? NULL : text;
}

/* One line of `bytes` bytes. getline's buffer grows to what it needs or to twice what it was: the
 * caller gives the start. */
void *keep_getline(size_t bytes, size_t first_buffer) {
    FILE *file = tmpfile();
    for (size_t i = 1; i < bytes; i++) putc('x', file);
    putc('\n', file);
    rewind(file);
    char *line = malloc(first_buffer);
    ssize_t got = getline(&line, &first_buffer, file);
    fclose(file);
    return (size_t)got == bytes ? line : NULL;
}

/* A stream into memory, whose block shrinks to what was written when it is closed. */
void *keep_open_memstream(size_t bytes) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    for (size_t i = 0; i < bytes; i++) putc('x', stream);
    fclose(stream);
    return size == bytes ? text : NULL;
}

/* --- gone before the peak: each in a way of its own
 * ---------------------------------------------------------------------- */

typedef void (*sized_free)(void *block, size_t bytes);
typedef void (*sized_aligned_free)(void *block, size_t alignment, size_t bytes);

/* glibc keeps cfree for programs that were linked before 2.26, under its first version. */
#ifdef __x86_64__
__asm__(".symver old_free, cfree@GLIBC_2.2.5");
#else
__asm__(".symver old_free, cfree@GLIBC_2.17");
#endif
extern void old_free(void *block) __attribute__((weak));

/* C23's frees and the old cfree, where libc (or a library loaded before it) has them; free where
 * not. */
void drop_all_ways(size_t bytes) {
    sized_free by_size = (sized_free)dlsym(RTLD_DEFAULT, "free_sized");
    sized_aligned_free by_both = (sized_aligned_free)dlsym(RTLD_DEFAULT, "free_aligned_sized");
    void *sized = malloc(bytes), *aligned = aligned_alloc(64, bytes), *old = malloc(bytes);
    if (by_size) by_size(sized, bytes);
    else free(sized);
    if (by_size) by_size(NULL, 0);
    if (by_both) by_both(aligned, 64, bytes);
    else free(aligned);
    if (by_both) by_both(NULL, 0, 0);
    if (old_free) old_free(old);
    else free(old);
    void *by_realloc = realloc(malloc(bytes), 0);
    printf("realloc to zero: %s\n", by_realloc ? "block" : "NULL");
    free(by_realloc);
}

/* --- what a program can see
 * ---------------------------------------------------------------------------------------------- */

static void say(const char *what, const void *block) {
    printf("%s: %s, errno %d\n", what, block ? "block" : "NULL", errno);
    errno = 0;
}

static void say_aligned(const char *what, const void *block, size_t alignment, size_t bytes) {
    size_t usable = malloc_usable_size((void *)block);
    printf("%s: alignment %s, usable %s, errno %d\n", what,
           (uintptr_t)block % alignment ? "wrong" : "good",
           usable >= bytes ? "enough" : "too little", errno);
    errno = 0;
}

/* libc's own rounding goes up to a page; a profiler that asked for more than the program did would
 * be seen. */
static const char *fits(void *block, size_t bytes) {
    size_t usable = malloc_usable_size(block);
    return usable < bytes ? "too little" : usable > bytes + PAGE ? "too much" : "good";
}

void say_sizes(void) {
    errno = 0;
    static const size_t sizes[] = {0, 1, 16, 17, 24, 25, 100, 1000, 1008, 1009, 5000, 200000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *block = malloc(sizes[i]), *zero = calloc(1, sizes[i]);
        printf("malloc(%zu): usable %s, calloc: usable %s, errno %d\n", sizes[i],
               fits(block, sizes[i]), fits(zero, sizes[i]), errno);
        for (size_t k = 0; k < sizes[i]; k++) {
            if (((char *)zero)[k]) printf("calloc's byte %zu isn't zero\n", k);
        }
        errno = 33; /* free leaves errno alone */
        free(block);
        free(zero);
        free(NULL);
        printf("free: errno %d\n", errno);
        errno = 0;
    }
    printf("usable of NULL: %zu\n", malloc_usable_size(NULL));
    void *none = calloc(0, 100);
    say("calloc(0, 100)", none);
    free(none);
    none = calloc(100, 0);
    say("calloc(100, 0)", none);
    free(none);
    fflush(stdout);
}

void say_alignments(void) {
    errno = 0;
    for (size_t alignment = 8; alignment <= 1 << 20; alignment *= 8) {
        void *block = NULL;
        printf("posix_memalign: %d\n", posix_memalign(&block, alignment, 1000));
        say_aligned("posix_memalign", block, alignment, 1000);
        free(block);
        block = aligned_alloc(alignment, alignment * 2);
        say_aligned("aligned_alloc", block, alignment, alignment * 2);
        free(block);
        block = memalign(alignment, 77);
        say_aligned("memalign", block, alignment, 77);
        free(block);
    }
    void *untouched = &untouched;
    static const size_t bad[] = {0, 1, 4, 12, 24, 1000};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int error = posix_memalign(&untouched, bad[i], 100);
        printf("posix_memalign to %zu: %d, result %s, errno %d\n", bad[i], error,
               untouched == &untouched ? "untouched" : "changed", errno);
    }
    errno = 0;
    say("aligned_alloc to 24", aligned_alloc(24, 48));
    void *block = memalign(24, 48); /* glibc rounds up to a power of two */
    say_aligned("memalign to 24", block, 32, 48);
    free(block);
    block = valloc(10);
    say_aligned("valloc", block, PAGE, 10);
    free(block);
    block = pvalloc(10); /* whole pages */
    say_aligned("pvalloc", block, PAGE, PAGE);
    free(block);
    fflush(stdout);
}

static int intact(const unsigned char *block, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (block[i] != (unsigned char)(i * 7)) return 0;
    }
    return 1;
}

void say_reallocs(void) {
    errno = 0;
    unsigned char *block = realloc(NULL, 100);
    say("realloc(NULL, 100)", block);
    for (size_t i = 0; i < 100; i++) block[i] = (unsigned char)(i * 7);
    static const size_t sizes[] = {120, 5000, 300000, 40000000, 300001, 200, 100};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        block = realloc(block, sizes[i]);
        printf("realloc to %zu: %s, usable %s, errno %d\n", sizes[i],
               intact(block, 100) ? "intact" : "damaged",
               malloc_usable_size(block) >= sizes[i] ? "enough" : "too little", errno);
    }
    void *refused = realloc(block, huge);
    say("realloc too large", refused);
    refused = reallocarray(block, huge / 2, 4);
    say("reallocarray overflow", refused);
    refused = reallocarray(block, (size_t)1 << 32, (size_t)1 << 32);
    say("reallocarray overflow to zero", refused);
    printf("the old block: %s\n", intact(block, 100) ? "intact" : "damaged");
    block = reallocarray(block, 10, 30);
    printf("reallocarray: %s, errno %d\n", intact(block, 100) ? "intact" : "damaged", errno);
    say("realloc(block, 0)", realloc(block, 0));
    block = reallocarray(NULL, 3, 5);
    say("reallocarray(NULL, 3, 5)", block);
    say("reallocarray(block, 0, 5)", reallocarray(block, 0, 5));
    block = realloc(NULL, 0);
    say("realloc(NULL, 0)", block);
    free(block);
    fflush(stdout);
}

/* More than any machine has: refused by every function in the same way. */
void say_refusals(void) {
    errno = 0;
    void *untouched = &untouched;
    say("malloc", malloc(huge));
    say("malloc(SIZE_MAX)", malloc(huge * 2 - 1));
    say("calloc", calloc(huge, 1));
    say("calloc overflow", calloc(huge, 2));
    say("calloc overflow to small", calloc(huge / 2 + 1, 4));
    printf("posix_memalign: %d, result %s, errno %d\n", posix_memalign(&untouched, 64, huge),
           untouched == &untouched ? "untouched" : "changed", errno);
    errno = 0;
    say("aligned_alloc", aligned_alloc(64, huge));
    say("memalign", memalign(64, huge));
    say("valloc", valloc(huge));
    say("pvalloc", pvalloc(huge));
    say("malloc of 2^60", malloc(huge >> 3)); /* within what a size may be, more than there is */
    say("realloc(NULL)", realloc(NULL, huge));
    fflush(stdout);
}

void say_text(void) {
    errno = 0;
    char *copy = strdup("twelve bytes"), *part = strndup("twelve bytes", 6), *printed = NULL;
    int length = asprintf(&printed, "%s-%d", part, 5);
    printf("%s %s %s %d errno %d\n", copy, part, printed, length, errno);
    free(copy);
    free(part);
    free(printed);
    fflush(stdout);
}
