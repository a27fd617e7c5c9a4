/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fitting of rows into columns, and of columns into the width. fil_columns_write is its
 * entry. */
#include "columns.h"

#define BETWEEN 2u /* blanks between two columns */

/* A table that is being written: its texts as they are shown, and how wide its columns are. */
struct writing {
    const struct fil_columns *table;
    const struct fil_look *look;
    struct fil_buffer *buffer;
    const char **texts;
    uint32_t widths[FIL_COLUMNS_MOST]; /* 0: left out */
};

static bool take_texts(struct writing *w, struct fil_arena *arena) {
    const struct fil_columns *table = w->table;
    size_t count = (size_t)table->rows * table->count;
    w->texts = fil_arena_get(arena, count * sizeof *w->texts);
    for (size_t i = 0; w->texts && i < count; i++) {
        const char *text = table->entries[i].text;
        if (!(w->texts[i] = fil_characters_shown(arena, text ? text : ""))) return false;
    }
    return w->texts;
}

static void measure(struct writing *w) {
    const struct fil_columns *table = w->table;
    for (unsigned c = 0; c < table->count; c++) {
        uint32_t widest = 0;
        for (uint32_t r = 0; r < table->rows; r++) {
            uint32_t width = fil_characters_width(w->texts[(size_t)r * table->count + c]);
            widest = width > widest ? width : widest;
        }
        bool has_title = table->has_titles && widest;
        uint32_t title = has_title ? fil_characters_width(table->columns[c].title) : 0;
        w->widths[c] = title > widest ? title : widest;
    }
}

static uint32_t whole_width(const struct writing *w) {
    uint32_t whole = w->table->indent;
    for (unsigned c = 0, shown = 0; c < w->table->count; c++) {
        if (w->widths[c]) whole += w->widths[c] + (shown++ ? BETWEEN : 0);
    }
    return whole;
}

/* What a column was cut for the sake of others, which were then left out all the same, it has
 * again: first the one that was cut last. */
static void give_back(struct writing *w, const uint32_t whole[]) {
    uint32_t room = w->look->width;
    for (unsigned i = w->table->step_count; room && i-- > 0;) {
        unsigned column = w->table->steps[i].column;
        uint32_t *width = &w->widths[column], used = whole_width(w);
        uint32_t spare = used < room ? room - used : 0, cut = whole[column] - *width;
        if (*width) *width += cut < spare ? cut : spare;
    }
}

static void fit(struct writing *w) {
    uint32_t room = w->look->width, whole_of[FIL_COLUMNS_MOST];
    memcpy(whole_of, w->widths, sizeof whole_of);
    for (unsigned i = 0; room && i < w->table->step_count; i++) {
        struct fil_step step = w->table->steps[i];
        uint32_t *width = &w->widths[step.column], whole = whole_width(w);
        uint32_t excess = whole > room ? whole - room : 0;
        if (!excess || *width <= step.least) continue;
        *width = step.least && *width - step.least > excess ? *width - excess : step.least;
    }
    give_back(w, whole_of);
}

static void add_blanks(struct fil_buffer *buffer, uint32_t count) {
    for (; count; count--) fil_buffer_text(buffer, " ");
}

/* Adds a text, cut to the width of its column; how wide it is then. */
static uint32_t add_cut(struct writing *w, unsigned column, const char *text) {
    uint32_t width = w->widths[column], whole = fil_characters_width(text);
    bool begins = w->table->columns[column].begins, is_cut = whole > width;
    struct fil_piece piece = {text, strlen(text), whole};
    if (is_cut && begins) piece = fil_characters_last(text, width - 1);
    if (is_cut && !begins) piece = fil_characters_first(text, width - 1);
    if (is_cut && begins) fil_buffer_text(w->buffer, "…");
    fil_buffer_add(w->buffer, piece.text, piece.length);
    if (is_cut && !begins) fil_buffer_text(w->buffer, "…");
    return piece.width + is_cut;
}

static void add_line(struct writing *w, const char *const *texts, const struct fil_entry *entries) {
    uint32_t due = w->table->indent; /* blanks, which stand only before something */
    for (unsigned c = 0, shown = 0; c < w->table->count; c++) {
        uint32_t width = w->widths[c];
        if (!width) continue;
        due += shown++ ? BETWEEN : 0;
        const char *text = texts ? texts[c] : w->table->columns[c].title;
        enum fil_style style = entries ? entries[c].style : FIL_STYLE_BOLD;
        uint32_t whole = fil_characters_width(text), spare = whole < width ? width - whole : 0;
        if (w->table->columns[c].is_figure) due += spare;
        if (!*text) {
            due += w->table->columns[c].is_figure ? 0 : width;
            continue;
        }
        add_blanks(w->buffer, due);
        fil_look_begin(w->look, style, w->buffer);
        uint32_t taken = add_cut(w, c, text);
        fil_look_end(w->look, style, w->buffer);
        due = w->table->columns[c].is_figure ? 0 : width - taken;
    }
    fil_buffer_text(w->buffer, "\n");
}

/* ---- Markdown */

static void add_markdown_line(struct writing *w, const char *const *texts) {
    for (unsigned c = 0; c < w->table->count; c++) {
        bool is_code = texts && w->table->columns[c].is_code && *texts[c];
        if (!w->widths[c]) continue;
        fil_buffer_text(w->buffer, is_code ? "| <code>" : "| ");
        fil_look_markdown(texts ? texts[c] : w->table->columns[c].title, w->buffer);
        fil_buffer_text(w->buffer, is_code ? "</code> " : " ");
    }
    fil_buffer_text(w->buffer, "|\n");
}

/* Its first row is that of the titles, whether there are any or not. */
static void add_markdown(struct writing *w) {
    const struct fil_columns *table = w->table;
    add_markdown_line(w, NULL);
    for (unsigned c = 0; c < table->count; c++) {
        const char *rule = table->columns[c].is_figure ? "| ---: " : "| --- ";
        if (w->widths[c]) fil_buffer_text(w->buffer, rule);
    }
    fil_buffer_text(w->buffer, "|\n");
    size_t count = table->count;
    for (uint32_t r = 0; r < table->rows; r++) add_markdown_line(w, &w->texts[r * count]);
}

bool fil_columns_write(const struct fil_columns *table, const struct fil_look *look,
                       struct fil_buffer *buffer) {
    struct fil_arena *arena = fil_arena_new();
    struct writing w = {.table = table, .look = look, .buffer = buffer};
    bool good = arena && take_texts(&w, arena);
    if (good) {
        measure(&w);
        fit(&w);
    }
    if (good && look->form == FIL_FORM_MARKDOWN) add_markdown(&w);
    else if (good) {
        if (table->has_titles) add_line(&w, NULL, NULL);
        size_t count = table->count;
        for (size_t r = 0; r < table->rows; r++)
            add_line(&w, &w.texts[r * count], &table->entries[r * count]);
    }
    fil_arena_free(arena);
    return good && !buffer->failed;
}
