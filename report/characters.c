/* SPDX-License-Identifier: Apache-2.0 */
/* Owns how many columns a character takes on a terminal, and what is shown in place of one that
 * can't be. fil_character_next is its main entry. */
#include "characters.h"

#include <stdio.h>

struct range {
    uint32_t first, last;
};

#include "charactertables.h"

#define EMOJI_MARK 0xFE0Fu /* what stands before it is drawn as a picture, two columns wide */

static bool is_in(const struct range *ranges, size_t count, uint32_t character) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < character) low = middle + 1;
        else high = middle;
    }
    return low < count && ranges[low].first <= character;
}

#define IS_IN(ranges, character) is_in(ranges, sizeof(ranges) / sizeof *(ranges), character)

int fil_character_width(uint32_t character) {
    if (character >= ' ' && character < 0x7F) return 1;
    if (IS_IN(unprintable, character)) return -1;
    if (character == EMOJI_MARK) return 1;
    if (IS_IN(marks, character)) return 0;
    return IS_IN(wide, character) ? 2 : 1;
}

uint32_t fil_character_next(const char **text) {
    const unsigned char *at = (const unsigned char *)*text;
    unsigned length = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : at[0] >= 0xC2 ? 2 : 1;
    uint32_t character = length == 1 ? at[0] : at[0] & (0x7Fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) length = i = 1;
        else character = character << 6 | (at[i] & 0x3F);
    }
    *text += length;
    return length == 1 ? at[0] : character;
}

/* "\n", "\x1b", "\u202e" or "\U000e0001". */
static void add_written_out(struct fil_buffer *buffer, uint32_t character) {
    static const char *const named[] = {['\t'] = "\\t", ['\n'] = "\\n", ['\r'] = "\\r"};
    if (character <= '\r' && named[character]) fil_buffer_text(buffer, named[character]);
    else if (character < 0x100) fil_buffer_format(buffer, "\\x%02x", character);
    else fil_buffer_format(buffer, character < 0x10000 ? "\\u%04x" : "\\U%08x", character);
}

const char *fil_characters_shown(struct fil_arena *arena, const char *text) {
    const char *at = text;
    while (*at >= ' ' && *at < 0x7F) at++;
    if (!*at) return text;
    struct fil_buffer buffer = {0};
    for (at = text; *at;) {
        const char *begin = at;
        uint32_t character = fil_character_next(&at);
        bool is_text = character < 0x80 || at > begin + 1;
        bool is_shown = is_text && fil_character_width(character) >= 0;
        if (is_shown) fil_buffer_add(&buffer, begin, (size_t)(at - begin));
        else add_written_out(&buffer, character);
    }
    const char *shown = buffer.failed ? NULL : fil_arena_copy(arena, buffer.text, buffer.used);
    fil_buffer_clear(&buffer);
    return shown;
}

uint32_t fil_characters_width(const char *text) {
    return fil_characters_first(text, UINT32_MAX).width;
}

struct fil_piece fil_characters_first(const char *text, uint32_t width) {
    struct fil_piece piece = {text, 0, 0};
    for (const char *at = text; *at; piece.length = (size_t)(at - text)) {
        int more = fil_character_width(fil_character_next(&at));
        if (more > 0 && piece.width + (uint32_t)more > width) break;
        piece.width += more > 0 ? (uint32_t)more : 0;
    }
    return piece;
}

struct fil_piece fil_characters_last(const char *text, uint32_t width) {
    uint32_t left = fil_characters_width(text);
    while (*text) {
        const char *next = text;
        int less = fil_character_width(fil_character_next(&next));
        if (left <= width && less != 0) break;
        left -= less > 0 ? (uint32_t)less : 0;
        text = next;
    }
    return (struct fil_piece){text, strlen(text), left};
}
