/* SPDX-License-Identifier: Apache-2.0 */
/* Owns text that grows, and the escaping of names in it. fil_buffer_make_room is its main entry,
 * beneath all that adds text. */
#include "buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../filext/base/own.h"

#define FIRST_CAPACITY (128u << 10)
/* This much at a time: few enough pages to stay in the processor's cache. */
#define SINK_BYTES (64u << 10)

/* What may not stand as it is, in a name or in XML: everything else is passed over at a few
 * instructions a byte. */
static const bool special[256] = {
    [0 ... 0x1F] = true, ['"'] = true,  ['&'] = true,  ['\''] = true, [';'] = true,  ['<'] = true,
    ['>'] = true,        [0x7F] = true, [0xC2] = true, [0xE2] = true, [0xEF] = true,
};

static bool stands_as_it_is(const unsigned char *at, unsigned char separator) {
    bool c1 = at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0;
    bool newline =
        at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0xA8 || at[2] == 0xA9); /* U+2028, U+2029 */
    return *at >= 0x20 && *at != 0x7F && *at != separator && !c1 && !newline;
}

static inline void add_escaped(struct fil_buffer *buffer, const char *text,
                               unsigned char separator) {
    const unsigned char *at = (const unsigned char *)text,
                        *plain = at; /* what begins at `plain` can stand as it is */
    for (;; at++) {
        while (!special[*at]) at++;
        if (!*at) break;
        if (stands_as_it_is(at, separator)) continue;
        fil_buffer_add(buffer, (const char *)plain, (size_t)(at - plain));
        if (*at == '\n') fil_buffer_text(buffer, "\\n");
        else if (*at == '\r') fil_buffer_text(buffer, "\\r");
        else if (*at == '\t') fil_buffer_text(buffer, "\\t");
        else if (*at == 0xC2) fil_buffer_format(buffer, "\\x%02x", *++at);
        else if (*at == 0xE2) fil_buffer_format(buffer, "\\u20%02x", *(at += 2) - 0x80);
        else fil_buffer_format(buffer, "\\x%02x", *at);
        plain = at + 1;
    }
    fil_buffer_add(buffer, (const char *)plain, (size_t)(at - plain));
}

void fil_buffer_name(struct fil_buffer *buffer, const char *name) {
    add_escaped(buffer, name, ';');
}

void fil_buffer_line(struct fil_buffer *buffer, const char *text) {
    add_escaped(buffer, text, 0);
}

int fil_buffer_flush(struct fil_buffer *buffer) {
    size_t done = 0;
    while (done < buffer->used && !buffer->failed) {
        ssize_t now = write(buffer->sink - 1, buffer->text + done, buffer->used - done);
        if (now >= 0) {
            done += (size_t)now;
        } else if (errno != EINTR) {
            buffer->error = errno;
            buffer->failed = true;
        }
    }
    buffer->used = 0;
    return buffer->failed && !buffer->error ? ENOMEM : buffer->error;
}

bool fil_buffer_make_room(struct fil_buffer *buffer, size_t length) {
    if (buffer->failed) return false;
    if (buffer->capacity - buffer->used >= length) return true;
    if (buffer->sink && buffer->used >= SINK_BYTES && fil_buffer_flush(buffer) == 0)
        return fil_buffer_make_room(buffer, length);
    if (buffer->failed) return false;
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : FIRST_CAPACITY;
    while (capacity - buffer->used < length) capacity *= 2;
    char *text = fil_own_grow(buffer->text, buffer->capacity, capacity);
    buffer->failed = !text;
    if (!text) return false;
    buffer->text = text;
    buffer->capacity = capacity;
    return true;
}

void fil_buffer_format(struct fil_buffer *buffer, const char *format, ...) {
    char text[512];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (length > 0)
        fil_buffer_add(buffer, text,
                       (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

static const char pairs[] = "000102030405060708091011121314151617181920212223242526272829303132"
                            "33343536373839404142434445464748495051525354555657585960616263646566"
                            "676869707172737475767778798081828384858687888990919293949596979899";

/* Two digits a division, from the last to the first; where the number begins. */
static inline char *digits_before(char *end, uint64_t number) {
    for (; number > UINT32_MAX; number /= 100) memcpy(end -= 2, pairs + number % 100 * 2, 2);
    uint32_t rest = (uint32_t)number; /* whose division is cheaper */
    for (; rest >= 100; rest /= 100) memcpy(end -= 2, pairs + rest % 100 * 2, 2);
    if (rest >= 10) memcpy(end -= 2, pairs + rest * 2, 2);
    else *--end = (char)('0' + rest);
    return end;
}

/* As most of a report's numbers are. Where it ends. */
static inline char *put_below_10000(char *at, uint32_t number) {
    uint32_t front = number / 100, back = number % 100;
    if (number < 10) {
        *at = (char)('0' + number);
        return at + 1;
    }
    if (front >= 10) memcpy(at, pairs + front * 2, 2);
    else *at = (char)('0' + front);
    at += front >= 10 ? 2 : front ? 1 : 0;
    memcpy(at, pairs + back * 2, 2);
    return at + 2;
}

#define MOST_DIGITS 24 /* of an int64_t, with a sign */

static inline char *number_before(char *end, int64_t number) {
    char *begin = digits_before(end, number < 0 ? -(uint64_t)number : (uint64_t)number);
    if (number < 0) *--begin = '-';
    return begin;
}

/* Copied with what lies behind it: a copy of a constant length is three instructions. */
void fil_buffer_number(struct fil_buffer *buffer, int64_t number) {
    char digits[2 * MOST_DIGITS] = {0}, *end = digits + MOST_DIGITS,
                    *begin = number_before(end, number);
    char *space = fil_buffer_space(buffer, MOST_DIGITS);
    if (!space) return;
    memcpy(space, begin, MOST_DIGITS);
    buffer->used -= MOST_DIGITS - (size_t)(end - begin);
}

/* One number where there is room for MOST_DIGITS bytes; where it ends. */
static inline char *put_number(char *at, int64_t number) {
    if ((uint64_t)number < 10000) return put_below_10000(at, (uint32_t)number);
    char digits[2 * MOST_DIGITS] = {0}, *end = digits + MOST_DIGITS,
                    *begin = number_before(end, number);
    memcpy(at, begin, MOST_DIGITS);
    return at + (end - begin);
}

void fil_buffer_numbers(struct fil_buffer *buffer, const int64_t *numbers, unsigned count) {
    size_t most = (size_t)count * (MOST_DIGITS + 1) + 1;
    char *space = fil_buffer_space(buffer, most), *at = space;
    if (!space) return;
    for (unsigned i = 0; i < count; i++) {
        *at++ = ',';
        at = put_number(at, numbers[i]);
    }
    space[0] = '[';
    *at++ = ']';
    buffer->used -= most - (size_t)(at - space);
}

void fil_buffer_decimal(struct fil_buffer *buffer, double number, unsigned decimals) {
    int64_t scale = 1;
    for (unsigned i = 0; i < decimals; i++) scale *= 10;
    double scaled = number * (double)scale;
    int64_t whole = (int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    if (whole < 0) fil_buffer_text(buffer, "-");
    if (whole < 0) whole = -whole;
    fil_buffer_number(buffer, whole / scale);
    if (decimals) fil_buffer_text(buffer, ".");
    for (int64_t rest = whole % scale; scale > 1; rest %= scale) {
        scale /= 10;
        fil_buffer_number(buffer, rest / scale);
    }
}

void fil_buffer_thousands(struct fil_buffer *buffer, int64_t number) {
    char digits[MOST_DIGITS], *end = digits + MOST_DIGITS, *at = number_before(end, number);
    if (*at == '-') fil_buffer_add(buffer, at++, 1);
    size_t group = (size_t)(end - at - 1) % 3 + 1;
    for (; at < end; at += group, group = 3) {
        fil_buffer_add(buffer, at, group);
        if (at + group < end) fil_buffer_text(buffer, ",");
    }
}

static const char *xml_entity(unsigned char c) {
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void fil_buffer_xml(struct fil_buffer *buffer, const char *text) {
    const unsigned char *at = (const unsigned char *)text,
                        *plain = at; /* what begins at `plain` can stand as it is */
    for (;; at++) {
        while (!special[*at]) at++;
        if (!*at) break;
        const char *entity = xml_entity(*at);
        bool control = *at < 0x20 || *at == 0x7F;
        bool noncharacter =
            at[0] == 0xEF && at[1] == 0xBF && (at[2] == 0xBE || at[2] == 0xBF); /* U+FFFE, U+FFFF */
        if (!entity && !control && !noncharacter) continue;
        fil_buffer_add(buffer, (const char *)plain, (size_t)(at - plain));
        if (entity) fil_buffer_text(buffer, entity);
        else if (control) fil_buffer_format(buffer, "\\x%02x", *at);
        else fil_buffer_format(buffer, "\\uff%02x", *(at += 2) == 0xBE ? 0xFE : 0xFF);
        plain = at + 1;
    }
    fil_buffer_add(buffer, (const char *)plain, (size_t)(at - plain));
}

void fil_buffer_clear(struct fil_buffer *buffer) {
    fil_own_unmap(buffer->text, buffer->capacity);
    *buffer = (struct fil_buffer){0};
}
