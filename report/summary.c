/* SPDX-License-Identifier: Apache-2.0 */
/* Owns a report as a few lines of text: how much memory was in use at the peak, and the lines that
 * hold the most of it. fil_text_first is its main entry; what stands below is account.c's. */
#include "../filext/base/sizetext.h"
#include "children.h"
#include "sources.h"
#include "texts.h"

#define LEAST_CUT 8u           /* columns: less of a command line says nothing */
#define LEAST_AT_END (1 << 20) /* bytes: less is what a program keeps anyway, */
#define SHARE_AT_END 20        /* and less than this part of the peak is not what made it */
#define INDENT "  "            /* before what goes on from the line above */
#define LONG_ENOUGH 1.0        /* seconds: of a shorter program the peak's time says little */

void fil_text_words(const struct fil_view *view, const char *words, struct fil_buffer *buffer) {
    const char *shown = fil_characters_shown(view->arena, words);
    if (view->look->form == FIL_FORM_MARKDOWN) fil_look_markdown(shown ? shown : "", buffer);
    else fil_buffer_text(buffer, shown ? shown : "");
}

void fil_text_end_of_line(const struct fil_view *view, struct fil_buffer *buffer) {
    fil_buffer_text(buffer, view->look->form == FIL_FORM_MARKDOWN ? "\n\n" : "\n");
}

static void add_reason(const struct fil_view *view, struct fil_buffer *buffer) {
    struct fil_buffer words = {0};
    fil_reason_write(&view->digest->report->reason, &words);
    fil_buffer_add(&words, "", 1); /* its NUL */
    fil_look_begin(view->look, FIL_STYLE_YELLOW, buffer);
    if (!words.failed) fil_text_words(view, words.text, buffer);
    fil_look_end(view->look, FIL_STYLE_YELLOW, buffer);
    fil_text_end_of_line(view, buffer);
    buffer->failed |= words.failed;
    fil_buffer_clear(&words);
}

static const char *title_of(const struct fil_report *report) {
    if (report->at_end)
        return report->snapshot->end.is_now ? "In use now: " : "Still in use at the end: ";
    if (report->kind == FIL_REPORT_PEAK) return "Peak memory: ";
    return report->requested ? "Memory at that time, with the refused request: "
                             : "Memory at that time: ";
}

/* ", at 1.25 s of 3.50 s" */
static void add_time(const struct fil_report *report, struct fil_buffer *buffer) {
    const struct fil_snapshot *s = report->snapshot;
    char when[FIL_SIZETEXT], all[FIL_SIZETEXT];
    if (report->at_end || report->kind != FIL_REPORT_PEAK || s->seconds < LONG_ENOUGH ||
        s->peak_at <= 0)
        return;
    fil_buffer_text(buffer, ", at ");
    fil_buffer_text(buffer, fil_sizetext_duration(s->peak_at, when));
    fil_buffer_text(buffer, " of ");
    fil_buffer_text(buffer, fil_sizetext_duration(s->seconds, all));
}

/* A notebook's cell has no command line. */
static bool is_of_cell(const struct fil_report *report) {
    return report->command_count == 0;
}

/* "; the kernel held 239.0 MiB": all that earlier cells left is in there, too. */
static void add_kernel(const struct fil_view *view, struct fil_buffer *buffer) {
    int64_t most = view->digest->report->snapshot->resident.most;
    if (!most) return;
    fil_buffer_text(buffer, "; the kernel held ");
    fil_buffer_text(buffer, fil_rows_size(view, most));
}

static void add_command(const struct fil_report *report, struct fil_buffer *buffer) {
    for (int i = 1; i < report->command_count; i++) {
        fil_buffer_text(buffer, i > 1 ? " " : "  ");
        fil_buffer_text(buffer, report->command[i]);
    }
}

/* Adds as much of the words as there is room for. */
static void add_cut(const struct fil_view *view, const char *shown, uint32_t room,
                    struct fil_buffer *to) {
    struct fil_piece piece = fil_characters_first(shown, room ? room - 1 : 0);
    const char *words = fil_arena_copy(view->arena, piece.text, piece.length);
    if (!words || piece.width < LEAST_CUT) return;
    fil_text_words(view, words, to);
    fil_buffer_text(to, "…");
}

uint32_t fil_text_part(const struct fil_view *view, const char *words, uint32_t room, bool cut,
                       struct fil_buffer *to) {
    const char *shown = fil_characters_shown(view->arena, words);
    uint32_t width = shown ? fil_characters_width(shown) : 0;
    if (width > room && cut) add_cut(view, shown, room, to);
    if (!width || width > room) return width ? 0 : room;
    fil_text_words(view, shown, to);
    return room - width;
}

static const char *text_of(struct fil_buffer *buffer) {
    fil_buffer_add(buffer, "", 1); /* its NUL */
    return buffer->failed ? "" : buffer->text;
}

uint32_t fil_text_room(const struct fil_view *view, uint32_t used) {
    uint32_t width = view->look->width;
    return !width ? UINT32_MAX : width > used ? width - used : 0;
}

/* The title and the size; what is left of the room in the line. */
static uint32_t add_title(const struct fil_view *view, const char *title, int64_t bytes,
                          struct fil_buffer *buffer) {
    const char *size = fil_rows_size(view, bytes);
    uint32_t used = view->taken + fil_characters_width(title) + fil_characters_width(size);
    fil_buffer_text(buffer, title);
    fil_look_begin(view->look, FIL_STYLE_BOLD, buffer);
    fil_buffer_text(buffer, size);
    fil_look_end(view->look, FIL_STYLE_BOLD, buffer);
    return fil_text_room(view, used);
}

/* At the end the title says so. */
static bool says_in_use(const struct fil_digest *digest) {
    return digest->answers->says_untouched && !digest->report->at_end;
}

void fil_text_headline(const struct fil_view *view, bool with_reason, struct fil_buffer *buffer) {
    const struct fil_digest *digest = view->digest;
    if (with_reason && digest->report->reason.kind) add_reason(view, buffer);
    struct fil_buffer time = {0}, command = {0};
    uint32_t room = add_title(view, title_of(digest->report), fil_rows_whole(digest), buffer);
    add_time(digest->report, &time);
    if (digest->report->at_end && digest->whole) {
        fil_buffer_text(&time, ", of a peak of ");
        fil_buffer_text(&time, fil_rows_size(view, fil_rows_whole(digest->whole)));
    }
    if (view->has_command) add_command(digest->report, &command);
    bool is_cell = is_of_cell(digest->report) && digest->report->kind == FIL_REPORT_PEAK &&
                   !digest->report->at_end;
    if (is_cell) add_kernel(view, &time);
    room = fil_text_part(view, says_in_use(digest) ? " in use" : "", room, false, buffer);
    room = fil_text_part(view, is_cell ? " for this cell" : "", room, false, buffer);
    room = fil_text_part(view, text_of(&time), room, false, buffer);
    if (command.used) fil_look_begin(view->look, FIL_STYLE_DIM, buffer);
    if (command.used) fil_text_part(view, text_of(&command), room, true, buffer);
    if (command.used) fil_look_end(view->look, FIL_STYLE_DIM, buffer);
    fil_buffer_clear(&time);
    fil_buffer_clear(&command);
    fil_text_end_of_line(view, buffer);
}

static void add_children(const struct fil_view *view, bool large, struct fil_buffer *buffer) {
    const struct fil_snapshot *s = view->digest->report->snapshot;
    if (view->digest->report->at_end) return;
    if (!s->children.count || fil_children_are_large(&s->children, s->peak_bytes) != large) return;
    fil_children_write(&s->children, buffer);
    fil_text_end_of_line(view, buffer);
}

void fil_text_untouched(const struct fil_view *view, struct fil_buffer *buffer) {
    const struct fil_digest *digest = view->digest;
    if (!digest->answers->says_untouched) return;
    static const char *const rest[] = {" more was allocated but never used: it took no memory",
                                       " more was allocated but never used", " more never used"};
    const char *size = fil_rows_size(view, digest->tree->nodes[0].untouched);
    uint32_t room = view->look->width ? view->look->width : UINT32_MAX;
    unsigned least = 0;
    while (least < 2 && fil_characters_width(size) + strlen(rest[least]) > room) least++;
    fil_look_begin(view->look, FIL_STYLE_DIM, buffer);
    fil_buffer_text(buffer, size);
    fil_buffer_text(buffer, rest[least]);
    fil_look_end(view->look, FIL_STYLE_DIM, buffer);
    fil_text_end_of_line(view, buffer);
}

/* What lines hold, imports apart, which stay in every program; and the one that holds the most. */
static int64_t held_by_lines(const struct fil_digest *digest, const struct fil_row **largest) {
    const struct fil_answer *rows = &digest->answers->by[FIL_BY_OWN];
    int64_t held = 0;
    for (uint32_t i = rows->count; i-- > 0;) {
        const struct fil_row *row = &rows->rows[i];
        bool is_import = row->key >= digest->tree->first_import;
        if (!row->key || is_import || digest->tree->functions[row->function].file[0] == '[')
            continue;
        held += fil_answers_held(digest->answers, row);
        *largest = row;
    }
    return held;
}

/* The place, of which the beginning goes where there is no room for all of it. What is left of the
 * room. */
static uint32_t add_place(const struct fil_view *view, const char *place, uint32_t room,
                          struct fil_buffer *buffer) {
    const char *shown = fil_characters_shown(view->arena, place);
    if (!shown || fil_characters_width(shown) <= room)
        return fil_text_part(view, place, room, false, buffer);
    struct fil_piece piece = fil_characters_last(shown, room ? room - 1 : 0);
    fil_buffer_text(buffer, "…");
    fil_text_words(view, piece.text, buffer);
    return room - piece.width - 1;
}

/* ", 12.0 MiB of it by job.py:7  rows = load()"; of a figure that reads the same, "by" alone. Where
 * the line has no room for it, it is a line of its own: its end may be cut, the place not. */
static void add_largest(const struct fil_view *view, const struct fil_row *row, int64_t whole,
                        uint32_t room, struct fil_buffer *buffer) {
    const struct fil_digest *digest = view->digest;
    const char *file = digest->tree->functions[row->function].file;
    const struct fil_source_line *source = fil_report_source(digest->report, file, row->line);
    const char *place = fil_rows_place(view, row->function, row->line);
    int64_t held = fil_answers_held(digest->answers, row);
    bool is_all = whole - held < FIL_LEAST_SHOWN;
    struct fil_buffer before = {0}, code = {0};
    fil_buffer_text(&before, is_all ? "by " : fil_rows_size(view, held));
    fil_buffer_text(&before, is_all ? "" : " of it by ");
    fil_buffer_text(&code, source ? "  " : "");
    fil_buffer_text(&code, source ? source->text : "");
    const char *parts[] = {text_of(&before), place, text_of(&code)};
    uint64_t width = is_all ? 1 : 2;
    for (unsigned i = 0; i < 3; i++) {
        const char *shown = fil_characters_shown(view->arena, parts[i]);
        width += shown ? fil_characters_width(shown) : 0;
    }
    if (width <= room) {
        fil_buffer_text(buffer, is_all ? " " : ", ");
    } else {
        fil_text_end_of_line(view, buffer);
        fil_buffer_text(buffer, INDENT);
        room = view->look->width > sizeof INDENT ? view->look->width - (sizeof INDENT - 1) : 1;
    }
    room = fil_text_part(view, parts[0], room, false, buffer);
    room = add_place(view, place, room, buffer);
    fil_text_part(view, parts[2], room, true, buffer);
    fil_buffer_clear(&before);
    fil_buffer_clear(&code);
}

void fil_text_left(const struct fil_view *view, struct fil_buffer *buffer) {
    struct fil_view end = {.digest = view->digest->end, .look = view->look, .arena = view->arena};
    const struct fil_row *largest = NULL;
    if (!end.digest) return;
    const struct fil_report *report = end.digest->report;
    bool is_cell = is_of_cell(report);
    int64_t held = held_by_lines(end.digest, &largest), peak = fil_rows_whole(view->digest);
    if (held < LEAST_AT_END || held < peak / SHARE_AT_END) return;
    int64_t whole = is_cell ? held : fil_rows_whole(end.digest);
    uint32_t room =
        add_title(&end, is_cell ? "Kept after the cell: " : title_of(report), whole, buffer);
    add_largest(&end, largest, whole, room, buffer);
    fil_text_end_of_line(view, buffer);
}

static void add_first(const struct fil_view *view, bool with_reason, struct fil_buffer *buffer) {
    fil_text_headline(view, with_reason, buffer);
    if (!fil_rows_write_first(view, FIL_TEXT_INDENT, buffer)) buffer->failed = true;
    if (view->look->form == FIL_FORM_MARKDOWN) fil_buffer_text(buffer, "\n");
    fil_text_left(view, buffer);
    add_children(view, true, buffer);
}

void fil_text_first(const struct fil_view *view, struct fil_buffer *buffer) {
    add_first(view, true, buffer);
}

void fil_text_notes(const struct fil_view *view, struct fil_buffer *buffer) {
    add_children(view, false, buffer);
    fil_text_untouched(view, buffer);
}

void fil_text_account(const struct fil_view *view, struct fil_buffer *buffer) {
    fil_text_process(view, buffer);
    fil_text_notes(view, buffer);
}

void fil_text_end(const struct fil_view *view, struct fil_buffer *buffer) {
    add_first(view, false, buffer);
    fil_text_process_line(view, buffer);
    fil_text_largest_file(view, buffer);
    fil_text_notes(view, buffer);
}

/* The own line, or all imports, for which the most was asked for. */
static struct fil_first most_asked_for(const struct fil_view *view) {
    const struct fil_answer *rows = &view->digest->answers->by[FIL_BY_OWN];
    struct fil_first most = {0}, imports = {.is_imports = true, .note = ""};
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct fil_row *row = &rows->rows[i];
        bool is_import = row->key >= view->digest->tree->first_import;
        if (is_import) imports.bytes += row->self;
        if (is_import || !row->key || row->self <= most.bytes) continue;
        most = (struct fil_first){false, row->function, row->line, row->self, ""};
        if (row->below) most.note = view->digest->answers->places->packages[row->below].name;
    }
    return imports.bytes > most.bytes ? imports : most;
}

void fil_text_largest(const struct fil_view *view, struct fil_buffer *buffer) {
    const struct fil_digest *digest = view->digest;
    const struct fil_first first = most_asked_for(view);
    if (!first.bytes) return;
    char share[FIL_SIZETEXT];
    const struct fil_function *f = &digest->tree->functions[first.function];
    const struct fil_source_line *source = fil_report_source(digest->report, f->file, first.line);
    fil_buffer_text(buffer, fil_rows_size(view, first.bytes));
    fil_buffer_text(buffer, "  ");
    fil_buffer_text(buffer,
                    fil_sizetext_percent(first.bytes, digest->report->snapshot->peak_bytes, share));
    const char *const words[] = {
        first.is_imports ? "imports" : fil_rows_place(view, first.function, first.line),
        first.is_imports ? "" : f->name, source ? source->text : "", first.note};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!*words[i]) continue;
        fil_buffer_text(buffer, words[i] == first.note ? "  in " : "  ");
        fil_text_words(view, words[i], buffer);
    }
}
