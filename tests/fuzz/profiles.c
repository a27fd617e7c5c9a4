/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of profiles, and all writers with whatever names it lets through: an answer is a
 * report or a sentence; a report reads back as it was written, and no name breaks a file's form. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <string.h>

#include "../../report/report.h"
#include "fuzz.h"

static struct fil_buffer rendered(const struct fil_report *report, enum fil_format format) {
    struct fil_buffer buffer = {0};
    PROMISE(fil_report_render(report, format, &buffer) == 0);
    return buffer;
}

static unsigned times(const struct fil_buffer *buffer, const char *words) {
    unsigned count = 0;
    const char *at = buffer->text, *end = buffer->text + buffer->used;
    while ((at = memmem(at, (size_t)(end - at), words, strlen(words)))) count++, at++;
    return count;
}

/* `may_delete`: 0x7F is a character like others in JSON. */
static bool has_control_characters(const struct fil_buffer *buffer, bool may_delete) {
    for (size_t i = 0; i < buffer->used; i++) {
        unsigned char c = (unsigned char)buffer->text[i];
        if ((c < ' ' && c != '\n') || (c == 0x7F && !may_delete)) return true;
    }
    return false;
}

/* Each line is a stack, one space and a number. */
static void check_folded(const struct fil_buffer *buffer) {
    const char *at = buffer->text, *end = buffer->text + buffer->used;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        PROMISE(line_end);
        const char *number = line_end;
        while (number > at && number[-1] >= '0' && number[-1] <= '9') number--;
        PROMISE(number < line_end && number > at + 1 && number[-1] == ' ');
        at = line_end + 1;
    }
}

static void check_json(const struct fil_buffer *json) {
    static struct fil_report again;
    char error[256] = "";
    int result = fil_report_parse(json->text, json->used, &again, error, sizeof error);
    if (result != 0) fprintf(stderr, "%s\n%.*s\n", error, (int)json->used, json->text);
    PROMISE(result == 0);
    struct fil_buffer second = rendered(&again, FIL_FORMAT_JSON);
    PROMISE(second.used == json->used && memcmp(second.text, json->text, json->used) == 0);
    fil_buffer_clear(&second);
    fil_report_free(&again);
}

static void check(const struct fil_report *report, enum fil_format format) {
    struct fil_buffer buffer = rendered(report, format);
    bool is_svg = format == FIL_FORMAT_SVG || format == FIL_FORMAT_SVG_REVERSED;
    bool is_json =
        format == FIL_FORMAT_JSON || format == FIL_FORMAT_HTML || format == FIL_FORMAT_HTML_EMBED;
    PROMISE(!has_control_characters(&buffer, is_json));
    if (format == FIL_FORMAT_PROF) check_folded(&buffer);
    if (format == FIL_FORMAT_JSON) check_json(&buffer);
    if (is_svg)
        PROMISE(times(&buffer, "<script") == 1 && times(&buffer, "]]>") == 1 &&
                times(&buffer, "</svg>") == 1);
    if (format == FIL_FORMAT_HTML)
        PROMISE(times(&buffer, "<script") == 2 && times(&buffer, "</script") == 2);
    fil_buffer_clear(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct fil_report report;
    char error[256] = "";
    if (fil_report_parse((const char *)data, size, &report, error, sizeof error) != 0) {
        PROMISE(*error);
        return 0;
    }
    for (enum fil_format format = FIL_FORMAT_PROF; format <= FIL_FORMAT_SUMMARY; format++)
        check(&report, format);
    fil_report_free(&report);
    return 0;
}
