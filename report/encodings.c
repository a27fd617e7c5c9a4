/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the tables of encodings other than UTF-8. fil_encoding_of finds an encoding by its name, and
 * fil_encoding_character reads by it. */
#include "encodings.h"

#include <stdbool.h>
#include <string.h>

/* A code is a byte of `singles`, or two bytes: one of `exceptions`, else of `pairs`. */
struct fil_encoding {
    const uint16_t *singles;    /* of the bytes from 128 on; 0: none */
    const uint16_t *pairs;      /* of two bytes, row by row; NULL: there are none */
    const uint16_t *exceptions; /* code and character in turn */
    uint32_t exception_count;
};

#include "encodingtables.h"

#define MOST_NAME sizeof names[0].name
#define REPLACEMENT 0xFFFDu

static bool is_name_character(char c) {
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* As Python does it: in lower case, one `_` for what is between letters and digits. False when no
 * name is so long. */
static bool normalize(const char *name, size_t length, char normal[MOST_NAME]) {
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + ('a' - 'A')) : name[i];
        bool is_mark = c == '-' || c == '_' || c == '.';
        if (is_mark && (!used || normal[used - 1] == '_')) continue;
        if (used == MOST_NAME - 1) return false;
        normal[used++] = is_mark ? '_' : c;
    }
    while (used && normal[used - 1] == '_') used--;
    normal[used] = 0;
    return used;
}

/* What an editor adds goes: "latin-1-unix". Python's tokenizer knows such names of Latin-1 and
 * UTF-8. */
static void cut_addition(char *normal) {
    static const char *const prefixes[] = {"latin_1_", "iso_8859_1_", "iso_latin_1_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (strncmp(normal, prefixes[i], strlen(prefixes[i])) == 0) strcpy(normal, "latin_1");
    }
    if (strcmp(normal, "iso_latin_1") == 0) strcpy(normal, "latin_1");
}

static const struct fil_encoding *named(const char *name, size_t length) {
    char normal[MOST_NAME];
    size_t low = 0, high = sizeof names / sizeof *names;
    if (!normalize(name, length < MOST_NAME - 1 ? length : MOST_NAME - 1, normal)) return NULL;
    cut_addition(normal);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(names[middle].name, normal);
        if (order == 0) return &encodings[names[middle].encoding];
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

/* A line is nothing but a comment, nothing at all, or more; `comment` gets where the comment is,
 * `end` for none. */
static bool has_code(const char *line, const char *end, const char **comment) {
    while (line < end && (*line == ' ' || *line == '\t' || *line == '\f')) line++;
    *comment = line < end && *line == '#' ? line : end;
    return line < end && *line != '#' && *line != '\r';
}

/* "coding: NAME" or "coding=NAME" in a comment. False when it has none. */
static bool declares(const char *at, const char *end, const struct fil_encoding **encoding) {
    for (; end - at > 7; at++) {
        if (memcmp(at, "coding", 6) != 0 || (at[6] != ':' && at[6] != '=')) continue;
        const char *name = at + 7;
        while (name < end && (*name == ' ' || *name == '\t')) name++;
        size_t length = 0;
        while (name + length < end && is_name_character(name[length])) length++;
        if (!length) continue;
        *encoding = named(name, length);
        return true;
    }
    return false;
}

const struct fil_encoding *fil_encoding_of(const char *text, size_t size) {
    const struct fil_encoding *encoding = NULL;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) return NULL; /* and nothing else */
    for (int line = 0; line < 2 && size; line++) {
        const char *end = memchr(text, '\n', size), *comment;
        if (!end) end = text + size;
        bool is_code = has_code(text, end, &comment);
        if (declares(comment, end, &encoding) || is_code || end == text + size) return encoding;
        size -= (size_t)(end + 1 - text);
        text = end + 1;
    }
    return NULL;
}

static uint16_t pair_of(const struct fil_encoding *encoding, unsigned lead, unsigned trail) {
    if (lead - FIRST_LEAD >= LEADS || trail - FIRST_TRAIL >= TRAILS) return 0;
    for (uint32_t i = 0; i < encoding->exception_count; i++) {
        if (encoding->exceptions[2 * i] == (lead << 8 | trail))
            return encoding->exceptions[2 * i + 1];
    }
    return encoding->pairs[(lead - FIRST_LEAD) * TRAILS + (trail - FIRST_TRAIL)];
}

size_t fil_encoding_character(const struct fil_encoding *encoding, const unsigned char *at,
                              size_t left, uint32_t *character) {
    *character = at[0] < 0x80 ? at[0] : encoding->singles[at[0] - 0x80];
    if (*character || !at[0]) return 1;
    bool is_pair = encoding->pairs && left > 1;
    *character = is_pair ? pair_of(encoding, at[0], at[1]) : 0;
    if (*character) return 2;
    *character = REPLACEMENT;
    return is_pair && at[1] >= 0x80 ? 2 : 1; /* what is ASCII stays */
}
