/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the order, the figures and the table of an answer's rows. fil_rows_write is its main entry.
 */
#include "rows.h"

#include "../filext/base/sizetext.h"
#include "sources.h"

#define OWN_LINES 3u
#define IMPORTS_NAMED 3u
#define HOT 4   /* a fourth of the whole stands out, */
#define WARM 20 /* and a twentieth less so */

static const char *copy(const struct fil_view *view, const char *text, size_t length) {
    const char *copied = text ? fil_arena_copy(view->arena, text, length) : NULL;
    return copied ? copied : "";
}

/* The buffer's text in the arena; the buffer is empty then. */
static const char *take(const struct fil_view *view, struct fil_buffer *buffer) {
    const char *text = copy(view, buffer->failed ? NULL : buffer->text, buffer->used);
    fil_buffer_clear(buffer);
    return text;
}

const char *fil_rows_size(const struct fil_view *view, int64_t bytes) {
    char text[FIL_SIZETEXT];
    fil_sizetext_mebibytes(bytes, text);
    return copy(view, text, strlen(text));
}

int64_t fil_rows_whole(const struct fil_digest *digest) {
    int64_t whole = digest->report->snapshot->peak_bytes;
    return digest->answers->only_touched ? whole - digest->tree->nodes[0].untouched : whole;
}

static bool is_import(const struct fil_view *view, uint32_t function) {
    return function >= view->digest->tree->first_import;
}

static const struct fil_function *function_of(const struct fil_view *view, uint32_t function) {
    return &view->digest->tree->functions[function];
}

static int64_t held_by(const struct fil_view *view, const struct fil_row *row) {
    return fil_answers_held(view->digest->answers, row);
}

const char *fil_rows_path(const struct fil_view *view, const char *file) {
    struct fil_buffer buffer = {0};
    fil_places_short(file, view->look, &buffer);
    return take(view, &buffer);
}

const char *fil_rows_place(const struct fil_view *view, uint32_t function, uint32_t line) {
    const struct fil_function *f = function_of(view, function);
    if (!function) return FIL_NO_PYTHON_STACK;
    if (is_import(view, function)) return f->name;
    struct fil_buffer buffer = {0};
    fil_places_short(f->file, view->look, &buffer);
    if (f->file[0] != '[') { /* else it is no place in a file */
        fil_buffer_text(&buffer, ":");
        fil_buffer_number(&buffer, (line ? line : f->first_line) & ~FIL_LINE_GONE);
    }
    return take(view, &buffer);
}

/* "in pandas, 40.0 MiB more never used" */
static const char *note_of(const struct fil_view *view, const struct fil_row *row) {
    const struct fil_answers *answers = view->digest->answers;
    struct fil_buffer buffer = {0};
    if (row->below) fil_buffer_text(&buffer, "in ");
    if (row->below) fil_buffer_text(&buffer, answers->places->packages[row->below].name);
    if (answers->says_untouched && fil_report_marks_untouched(row->untouched, row->self)) {
        fil_buffer_text(&buffer, row->below ? ", " : "");
        fil_buffer_text(&buffer, fil_rows_size(view, row->untouched));
        fil_buffer_text(&buffer, " more never used");
    }
    return take(view, &buffer);
}

/* ---- the first ones */

static const char *names_of_imports(const struct fil_view *view) {
    const struct fil_answer *rows = &view->digest->answers->by[FIL_BY_OWN];
    struct fil_buffer buffer = {0};
    for (uint32_t i = 0, named = 0; i < rows->count && named < IMPORTS_NAMED; i++) {
        const struct fil_row *row = &rows->rows[i];
        int64_t held = held_by(view, row);
        if (!is_import(view, row->key) || (named && held < FIL_LEAST_SHOWN)) continue;
        const char *name = function_of(view, row->key)->name;
        fil_buffer_text(&buffer, named++ ? ", " : "");
        fil_buffer_text(&buffer, strncmp(name, "import ", 7) == 0 ? name + 7 : name);
        fil_buffer_text(&buffer, " ");
        fil_buffer_text(&buffer, fil_rows_size(view, held));
    }
    return take(view, &buffer);
}

static int64_t held_by_imports(const struct fil_view *view) {
    const struct fil_answer *rows = &view->digest->answers->by[FIL_BY_OWN];
    int64_t sum = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        if (is_import(view, rows->rows[i].key)) sum += held_by(view, &rows->rows[i]);
    }
    return sum;
}

uint32_t fil_rows_first(const struct fil_view *view, struct fil_first first[FIL_ROWS_FIRST]) {
    const struct fil_answer *rows = &view->digest->answers->by[FIL_BY_OWN];
    int64_t most = rows->count ? held_by(view, rows->rows) : 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows->count && count < OWN_LINES; i++) {
        const struct fil_row *row = &rows->rows[i];
        int64_t held = held_by(view, row);
        if (row->self <= 0 || (count && (held < FIL_LEAST_SHOWN || held < most / 200))) break;
        if (row->key == 0 || is_import(view, row->key)) continue;
        const char *note = note_of(view, row);
        first[count++] = (struct fil_first){false, row->function, row->line, held, note};
    }
    int64_t imports = held_by_imports(view);
    if (imports < FIL_LEAST_SHOWN || imports < fil_rows_whole(view->digest) / 100) return count;
    first[count++] = (struct fil_first){true, 0, 0, imports, names_of_imports(view)};
    return count;
}

/* ---- tables */

enum { HELD, SHARE, THROUGH, ALLOCATIONS, NAME, FUNCTION, SOURCE, NOTE, COLUMNS };

static const struct fil_column columns[COLUMNS] = {
    [HELD] = {.title = "Held", .is_figure = true},
    [SHARE] = {.title = "Share", .is_figure = true},
    [THROUGH] = {.title = "Total", .is_figure = true},
    [ALLOCATIONS] = {.title = "Allocations", .is_figure = true},
    [NAME] = {.title = "Line", .begins = true, .is_code = true},
    [FUNCTION] = {.title = "Function", .is_code = true},
    [SOURCE] = {.title = "Source", .is_code = true},
    [NOTE] = {.title = "In"},
};

/* The source matters more than the function, and what was called from a line comes last. */
static const struct fil_step steps[] = {
    {FUNCTION, 14}, {SOURCE, 40}, {ALLOCATIONS, 0}, {FUNCTION, 0}, // to about 100 columns
    {NOTE, 14},     {NAME, 24},   {SOURCE, 24},     {THROUGH, 0},  // to about 80
    {SOURCE, 14},   {NAME, 18},   {NOTE, 0},        {SOURCE, 12},  // to about 60
    {NAME, 12},     {SOURCE, 0},  {NAME, 8},        {SHARE, 0},
};

static struct fil_columns table_of(const struct fil_column *as, struct fil_entry *entries,
                                   uint32_t rows) {
    return (struct fil_columns){.columns = as,
                                .count = COLUMNS,
                                .steps = steps,
                                .step_count = sizeof steps / sizeof *steps,
                                .entries = entries,
                                .rows = rows};
}

static enum fil_style heat(int64_t part, int64_t whole) {
    if (whole <= 0 || part < whole / WARM || part <= 0) return FIL_STYLE_NONE;
    return part >= whole / HOT ? FIL_STYLE_BOLD_RED : FIL_STYLE_YELLOW;
}

static void add_figures(const struct fil_view *view, int64_t bytes, struct fil_entry *row) {
    char share[FIL_SIZETEXT];
    int64_t whole = fil_rows_whole(view->digest);
    fil_sizetext_percent(bytes, whole, share);
    row[HELD].text = fil_rows_size(view, bytes);
    row[SHARE].text = copy(view, share, strlen(share));
    row[HELD].style = row[SHARE].style = heat(bytes, whole);
}

static void add_line(const struct fil_view *view, uint32_t function, uint32_t line,
                     struct fil_entry *row) {
    const struct fil_function *f = function_of(view, function);
    const struct fil_source_line *source = NULL;
    if (function) source = fil_report_source(view->digest->report, f->file, line);
    row[NAME] = (struct fil_entry){fil_rows_place(view, function, line), FIL_STYLE_CYAN};
    if (function && !is_import(view, function)) row[FUNCTION].text = f->name;
    if (source) row[SOURCE].text = source->text;
}

static void add_first(const struct fil_view *view, const struct fil_first *first,
                      struct fil_entry *row) {
    add_figures(view, first->bytes, row);
    if (first->is_imports) {
        row[NAME] = (struct fil_entry){"imports", FIL_STYLE_CYAN};
        row[SOURCE] = (struct fil_entry){first->note, FIL_STYLE_DIM};
    } else {
        add_line(view, first->function, first->line, row);
        row[NOTE].text = first->note;
    }
}

bool fil_rows_write_first(const struct fil_view *view, unsigned indent, struct fil_buffer *buffer) {
    struct fil_first first[FIL_ROWS_FIRST];
    struct fil_entry entries[FIL_ROWS_FIRST * COLUMNS] = {0};
    uint32_t count = fil_rows_first(view, first);
    for (uint32_t i = 0; i < count; i++) add_first(view, &first[i], &entries[i * COLUMNS]);
    struct fil_columns table = table_of(columns, entries, count);
    table.indent = indent;
    return !count || fil_columns_write(&table, view->look, buffer);
}

static void add_imports(const struct fil_view *view, struct fil_entry *row) {
    add_first(view, &(struct fil_first){true, 0, 0, held_by_imports(view), names_of_imports(view)},
              row);
}

static const char *name_of_function(const struct fil_view *view, const struct fil_row *row) {
    const struct fil_function *f = function_of(view, row->key);
    return !row->key ? FIL_NO_PYTHON_STACK : *f->name ? f->name : f->file;
}

/* What stands behind the figures of a row that isn't a line. */
static void add_name(const struct fil_view *view, enum fil_by by, const struct fil_row *row,
                     struct fil_entry *to) {
    const struct fil_digest *digest = view->digest;
    if (by == FIL_BY_FUNCTION) {
        const char *file = function_of(view, row->key)->file;
        to[NAME] = (struct fil_entry){name_of_function(view, row), FIL_STYLE_CYAN};
        const char *path = fil_rows_path(view, file);
        if (row->key && *file != '[') to[SOURCE] = (struct fil_entry){path, FIL_STYLE_DIM};
        return;
    }
    const struct fil_tree *tree = digest->tree;
    const char *name = fil_answers_name(digest->answers, tree, digest->report, by, row->key);
    if (by == FIL_BY_FILE) name = fil_rows_path(view, name);
    to[NAME] = (struct fil_entry){*name ? name : FIL_NO_PYTHON_STACK, FIL_STYLE_CYAN};
}

static void add_row(const struct fil_view *view, enum fil_by by, const struct fil_row *row,
                    struct fil_entry *to) {
    add_figures(view, held_by(view, row), to);
    if (by == FIL_BY_OWN) {
        const char *note = note_of(view, row);
        to[NOTE].text = strncmp(note, "in ", 3) == 0 ? note + 3 : note; /* the title says so */
    } else {
        struct fil_buffer number = {0};
        fil_buffer_thousands(&number, (int64_t)row->allocations);
        to[ALLOCATIONS].text = take(view, &number);
        to[THROUGH].text = fil_rows_size(view, fil_answers_through(view->digest->answers, row));
    }
    bool is_line = by == FIL_BY_OWN || by == FIL_BY_LINE;
    if (is_line) add_line(view, row->function, row->line, to);
    else add_name(view, by, row, to);
}

/* The columns' titles, which depend on what the rows are. */
static void name_columns(enum fil_by by, struct fil_column named[COLUMNS]) {
    static const char *const names[FIL_BYS] = {
        "Line",   "Function", "File",   "Package", // as enum fil_by
        "Import", "Line",     "Thread", "Kind",
    };
    memcpy(named, columns, sizeof columns);
    named[NAME].title = names[by];
    named[NAME].begins = by == FIL_BY_OWN || by == FIL_BY_LINE || by == FIL_BY_FILE;
    if (by != FIL_BY_OWN) named[HELD].title = "Self";
    if (by == FIL_BY_FUNCTION) named[SOURCE] = (struct fil_column){"File", false, true, true};
}

bool fil_rows_write(const struct fil_view *view, struct fil_rows_wanted wanted,
                    struct fil_buffer *buffer) {
    const struct fil_answer *answer = &view->digest->answers->by[wanted.by];
    size_t count = (size_t)wanted.count * COLUMNS;
    struct fil_entry *entries = fil_arena_get(view->arena, (count + 1) * sizeof *entries);
    struct fil_column named[COLUMNS];
    if (!entries) return false;
    for (uint32_t i = 0; i < wanted.count; i++) {
        struct fil_entry *row = &entries[(size_t)i * COLUMNS];
        if (wanted.rows[i] < answer->count)
            add_row(view, wanted.by, &answer->rows[wanted.rows[i]], row);
        else add_imports(view, row);
    }
    name_columns(wanted.by, named);
    struct fil_columns table = table_of(named, entries, wanted.count);
    table.has_titles = true;
    return fil_columns_write(&table, view->look, buffer);
}
