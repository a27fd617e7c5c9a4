/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the text of a source file, as valid UTF-8 without control characters. fil_sourcetext_read is
 * its main entry. */
#include "sourcetext.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../filext/base/own.h"
#include "eightbytes.h"

#define FIRST_CAPACITY (256u << 10)
#define MAX_FILE (8u << 20) /* bytes */

static bool make_room(struct fil_sourcetext *to, size_t bytes) {
    if (to->capacity >= bytes) return true;
    size_t capacity = to->capacity ? to->capacity : FIRST_CAPACITY;
    while (capacity < bytes) capacity *= 2;
    fil_own_unmap(to->text, to->capacity);
    to->text = fil_own_map(capacity);
    to->capacity = to->text ? capacity : 0;
    return to->text;
}

/* Opens the file that a frame names; -1 when that can't be. The path lies where the text will, not
 * on a perhaps small stack. */
static int open_file(struct fil_sourcetext *to, const char *cwd, const char *name) {
    if (name[0] == '<' || name[0] == 0 || !make_room(to, strlen(cwd) + strlen(name) + 2)) return -1;
    if (name[0] == '/') strcpy(to->text, name);
    else snprintf(to->text, to->capacity, "%s/%s", cwd, name);
    return open(to->text,
                O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); /* a FIFO must not hold us up */
}

bool fil_sourcetext_read(struct fil_sourcetext *to, const char *cwd, const char *name) {
    int fd = open_file(to, cwd, name);
    struct stat status;
    bool good = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
    size_t wanted = good ? (status.st_size < MAX_FILE ? (size_t)status.st_size : MAX_FILE) : 0;
    to->used = 0;
    if (good && make_room(to, wanted)) {
        for (ssize_t now = 1; to->used < wanted && now > 0; to->used += now > 0 ? (size_t)now : 0)
            now = read(fd, to->text + to->used, wanted - to->used);
    }
    if (fd >= 0) close(fd);
    return to->used > 0;
}

void fil_sourcetext_clear(struct fil_sourcetext *text) {
    fil_own_unmap(text->text, text->capacity);
    *text = (struct fil_sourcetext){0};
}

struct fil_lines fil_lines_of(const char *text, size_t size) {
    size_t mark = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    return (struct fil_lines){
        .at = text + mark, .end = text + size, .encoding = fil_encoding_of(text, size)};
}

/* How many bytes the valid UTF-8 character at `at` takes, 0 when there is none. */
static size_t character_at(const unsigned char *at, size_t left) {
    size_t length = at[0] < 0x80                    ? 1
                    : at[0] >= 0xC2 && at[0] < 0xE0 ? 2
                    : at[0] >= 0xE0 && at[0] < 0xF0 ? 3
                    : at[0] >= 0xF0 && at[0] < 0xF5 ? 4
                                                    : 0;
    if (!length || length > left) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0;
    }
    bool overlong = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    bool beyond = (at[0] == 0xED && at[1] >= 0xA0) || (at[0] == 0xF4 && at[1] >= 0x90);
    return overlong || beyond ? 0 : length;
}

static bool is_control(uint32_t character) {
    return (character < ' ' && character != '\t') || character == 0x7F;
}

/* Not 0 where one of the eight bytes isn't printable ASCII. */
static inline uint64_t unprintable_in(uint64_t bytes) {
    return fil_eightbytes_below(bytes, ' ') | fil_eightbytes_equal(bytes, 0x7F) |
           (bytes & FIL_EACH(0x80));
}

/* `character`, below 65536, as UTF-8. Returns how many bytes that takes. */
static size_t add_character(char *to, uint32_t character) {
    size_t length = character < 0x80 ? 1 : character < 0x800 ? 2 : 3;
    for (size_t i = length; i-- > 1; character >>= 6) to[i] = (char)(0x80 | (character & 0x3F));
    to[0] = (char)(length == 1 ? character : length == 2 ? 0xC0 | character : 0xE0 | character);
    return length;
}

static struct fil_cleaned clean_encoded(char *to, const char *text, size_t length, uint32_t most,
                                        const struct fil_encoding *encoding) {
    struct fil_cleaned done = {0};
    for (; done.read < length && most; most--) {
        uint32_t character;
        const unsigned char *at = (const unsigned char *)text + done.read;
        done.read += fil_encoding_character(encoding, at, length - done.read, &character);
        done.written += add_character(to + done.written, is_control(character) ? ' ' : character);
    }
    return done;
}

struct fil_cleaned fil_sourcetext_clean(char *to, const char *text, size_t length, uint32_t most,
                                        const struct fil_encoding *encoding) {
    size_t front = length < most ? length : most;
    struct fil_cleaned done = {0};
    if (fil_eightbytes_none(text, front, unprintable_in)) {
        memcpy(to, text, front);
        return (struct fil_cleaned){front, front};
    }
    if (encoding) return clean_encoded(to, text, length, most, encoding);
    for (; done.read < length && most; most--) {
        const char *at = text + done.read;
        size_t bytes = character_at((const unsigned char *)at, length - done.read);
        bool control = bytes == 1 && is_control((unsigned char)*at);
        const char *clean = control ? " " : bytes ? at : "\xEF\xBF\xBD";
        size_t taken = control ? 1 : bytes ? bytes : 3;
        memcpy(to + done.written, clean, taken);
        done.written += taken;
        done.read += bytes ? bytes : 1;
    }
    return done;
}
