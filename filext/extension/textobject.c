/* SPDX-License-Identifier: Apache-2.0 */
/* Owns Python's door to the renderer of text: no logic, each function converts and makes one call.
 * fil_textobject_text is its main entry. */
#include "textobject.h"

#include <stdlib.h>

#include "../../report/texts.h"

static const char *const forms[] = {"text", "colours", "markdown"};
#define FORMS (sizeof forms / sizeof *forms)

/* A converter of arguments. Its texts are the tuple's. */
static int look_of(PyObject *tuple, void *to) {
    struct fil_look *look = to;
    const char *form;
    int links;
    *look = (struct fil_look){.home = getenv("HOME")};
    if (!PyArg_ParseTuple(tuple, "sIps:look", &form, &look->width, &links, &look->here)) return 0;
    look->links = links;
    for (unsigned i = 0; i < FORMS; i++) {
        if (strcmp(form, forms[i]) != 0) continue;
        look->form = (enum fil_form)i;
        return 1;
    }
    PyErr_Format(PyExc_ValueError, "there is no form '%s'", form);
    return 0;
}

/* The buffer's text, which is empty then. */
static PyObject *text_of(bool written, struct fil_buffer *buffer) {
    bool good = written && !buffer->failed;
    Py_ssize_t length = (Py_ssize_t)buffer->used;
    PyObject *text =
        good ? PyUnicode_DecodeUTF8(buffer->text, length, "replace") : PyErr_NoMemory();
    fil_buffer_clear(buffer);
    return text;
}

static PyObject *look(PyObject *self, PyObject *argument) {
    (void)self;
    long descriptor = PyLong_AsLong(argument);
    if (descriptor == -1 && PyErr_Occurred()) return NULL;
    struct fil_look seen = fil_look_of((int)descriptor);
    return Py_BuildValue("(sIOs)", forms[seen.form], seen.width, seen.links ? Py_True : Py_False,
                         "");
}

static PyObject *short_name(PyObject *self, PyObject *arguments) {
    (void)self;
    const char *file;
    struct fil_look look;
    struct fil_buffer buffer = {0};
    if (!PyArg_ParseTuple(arguments, "sO&:short", &file, look_of, &look)) return NULL;
    fil_places_short(file, &look, &buffer);
    return text_of(true, &buffer);
}

static PyObject *path_link(PyObject *self, PyObject *arguments) {
    (void)self;
    const char *path, *shown;
    struct fil_look look;
    struct fil_buffer buffer = {0};
    if (!PyArg_ParseTuple(arguments, "ssO&:link", &path, &shown, look_of, &look)) return NULL;
    fil_look_link(&look, path, shown, &buffer);
    return text_of(true, &buffer);
}

/* ---- columns */

/* What a table is made of, in the arena; its texts are Python's. */
struct parts {
    struct fil_arena *arena;
    struct fil_column *columns;
    struct fil_step *steps;
    struct fil_columns table;
};

static bool read_columns(PyObject *list, struct parts *to) {
    Py_ssize_t count = PyList_GET_SIZE(list);
    if (count > (Py_ssize_t)FIL_COLUMNS_MOST)
        PyErr_SetString(PyExc_ValueError, "there are too many columns");
    to->columns = fil_arena_get(to->arena, FIL_COLUMNS_MOST * sizeof *to->columns);
    for (Py_ssize_t i = 0; i < count && !PyErr_Occurred(); i++) {
        struct fil_column *column = &to->columns[i];
        int figure, begins, code;
        PyObject *item = PyList_GET_ITEM(list, i);
        if (!PyArg_ParseTuple(item, "sppp", &column->title, &figure, &begins, &code)) return false;
        column->is_figure = figure;
        column->begins = begins;
        column->is_code = code;
        to->table.has_titles |= *column->title != 0;
    }
    to->table.columns = to->columns;
    to->table.count = (unsigned)count;
    return !PyErr_Occurred();
}

static bool read_steps(PyObject *list, struct parts *to) {
    Py_ssize_t count = PyList_GET_SIZE(list);
    to->steps = fil_arena_get(to->arena, (size_t)(count + 1) * sizeof *to->steps);
    for (Py_ssize_t i = 0; to->steps && i < count; i++) {
        struct fil_step *step = &to->steps[i];
        if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "II", &step->column, &step->least))
            return false;
        if (step->column < to->table.count) continue;
        PyErr_SetString(PyExc_ValueError, "a step's column doesn't exist");
        return false;
    }
    to->table.steps = to->steps;
    to->table.step_count = (unsigned)count;
    return to->steps || PyErr_NoMemory();
}

static bool read_entry(PyObject *pair, struct fil_entry *entry) {
    const char *style;
    if (!PyArg_ParseTuple(pair, "ss", &entry->text, &style)) return false;
    for (unsigned i = 0; i < FIL_STYLES; i++) {
        if (strcmp(style, fil_style_names[i]) == 0) entry->style = (enum fil_style)i;
    }
    return true;
}

static bool read_rows(PyObject *list, struct parts *to) {
    size_t width = to->table.count, count = (size_t)PyList_GET_SIZE(list);
    struct fil_entry *entries = fil_arena_get(to->arena, (count * width + 1) * sizeof *entries);
    if (!entries) return PyErr_NoMemory();
    for (size_t r = 0; r < count; r++) {
        PyObject *row = PyList_GET_ITEM(list, (Py_ssize_t)r);
        if (!PyList_Check(row) || (size_t)PyList_GET_SIZE(row) != width) {
            PyErr_SetString(PyExc_ValueError, "a row hasn't as many entries as there are columns");
            return false;
        }
        for (size_t c = 0; c < width; c++) {
            if (!read_entry(PyList_GET_ITEM(row, (Py_ssize_t)c), &entries[r * width + c]))
                return false;
        }
    }
    to->table.entries = entries;
    to->table.rows = (uint32_t)count;
    return true;
}

static PyObject *columns(PyObject *self, PyObject *arguments) {
    (void)self;
    PyObject *titles, *rows, *steps;
    struct fil_look look;
    struct fil_buffer buffer = {0};
    if (!PyArg_ParseTuple(arguments, "O!O!O!O&:columns", &PyList_Type, &titles, &PyList_Type, &rows,
                          &PyList_Type, &steps, look_of, &look))
        return NULL;
    struct parts parts = {.arena = fil_arena_new()};
    if (!parts.arena) return PyErr_NoMemory();
    bool good =
        read_columns(titles, &parts) && read_steps(steps, &parts) && read_rows(rows, &parts);
    PyObject *text =
        good ? text_of(fil_columns_write(&parts.table, &look, &buffer), &buffer) : NULL;
    fil_arena_free(parts.arena);
    return text;
}

static PyObject *styled(PyObject *self, PyObject *arguments) {
    (void)self;
    struct fil_entry entry = {0};
    PyObject *pair;
    struct fil_look look;
    struct fil_buffer buffer = {0};
    if (!PyArg_ParseTuple(arguments, "OO&:styled", &pair, look_of, &look) ||
        !read_entry(pair, &entry))
        return NULL;
    struct fil_view view = {.look = &look, .arena = fil_arena_new()};
    fil_look_begin(&look, entry.style, &buffer);
    if (view.arena) fil_text_words(&view, entry.text, &buffer);
    fil_look_end(&look, entry.style, &buffer);
    PyObject *shown = text_of(view.arena, &buffer);
    fil_arena_free(view.arena);
    return shown;
}

PyMethodDef fil_textobject_methods[] = {
    {"look", look, METH_O, "look(descriptor): how text looks there: (form, width, links, \"\")."},
    {"columns", columns, METH_VARARGS,
     "columns([(title, is figure, begins, is code)], [[(text, style)]], [(column, least)], look): "
     "a table."},
    {"short", short_name, METH_VARARGS,
     "short(file, look): the file's name, as short as it can be."},
    {"link", path_link, METH_VARARGS,
     "link(path, shown, look): a path, as a link where the terminal knows links."},
    {"styled", styled, METH_VARARGS,
     "styled((text, style), look): a text, of which nothing moves a cursor."},
    {NULL, NULL, 0, NULL},
};

/* ---- of a profile */

PyObject *fil_textobject_text(const struct fil_digest *digest, PyObject *arguments) {
    const char *part;
    struct fil_look look;
    int has_command;
    struct fil_buffer buffer = {0};
    if (!PyArg_ParseTuple(arguments, "sO&p:text", &part, look_of, &look, &has_command)) return NULL;
    struct fil_view view = {digest, &look, fil_arena_new(), has_command, 0};
    if (!view.arena) return PyErr_NoMemory();
    if (strcmp(part, "headline") == 0) fil_text_headline(&view, true, &buffer);
    else if (strcmp(part, "untouched") == 0) fil_text_untouched(&view, &buffer);
    else fil_text_first(&view, &buffer);
    if (strcmp(part, "summary") == 0) fil_text_account(&view, &buffer);
    fil_arena_free(view.arena);
    return text_of(true, &buffer);
}

/* The numbers of rows that exist; NULL with an exception. */
static uint32_t *read_numbers(PyObject *list, uint32_t most, struct fil_arena *arena) {
    Py_ssize_t count = PyList_GET_SIZE(list);
    uint32_t *numbers = fil_arena_get(arena, (size_t)(count + 1) * sizeof *numbers);
    if (!numbers) PyErr_NoMemory();
    for (Py_ssize_t i = 0; numbers && i < count; i++) {
        unsigned long number = PyLong_AsUnsignedLong(PyList_GET_ITEM(list, i));
        if (number >= most && !PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "there is no such row");
        if (PyErr_Occurred()) return NULL;
        numbers[i] = (uint32_t)number;
    }
    return numbers;
}

PyObject *fil_textobject_table(const struct fil_digest *digest, PyObject *arguments) {
    const char *name;
    PyObject *list;
    struct fil_look look;
    enum fil_by by;
    struct fil_buffer buffer = {0};
    if (!PyArg_ParseTuple(arguments, "sO!O&:table", &name, &PyList_Type, &list, look_of, &look))
        return NULL;
    if (!fil_by_of(name, &by))
        return PyErr_Format(PyExc_ValueError, "there are no answers by '%s'", name);
    struct fil_view view = {.digest = digest, .look = &look, .arena = fil_arena_new()};
    if (!view.arena) return PyErr_NoMemory();
    const uint32_t *numbers =
        read_numbers(list, digest->answers->by[by].count + (by == FIL_BY_OWN), view.arena);
    struct fil_rows_wanted wanted = {by, numbers, (uint32_t)PyList_GET_SIZE(list)};
    PyObject *table = numbers ? text_of(fil_rows_write(&view, wanted, &buffer), &buffer) : NULL;
    fil_arena_free(view.arena);
    return table;
}

PyObject *fil_textobject_first(const struct fil_digest *digest) {
    static const struct fil_look look = {0};
    struct fil_first first[FIL_ROWS_FIRST];
    struct fil_view view = {.digest = digest, .look = &look, .arena = fil_arena_new()};
    PyObject *list = view.arena ? PyList_New(0) : PyErr_NoMemory();
    uint32_t count = list ? fil_rows_first(&view, first) : 0;
    for (uint32_t i = 0; list && i < count; i++) {
        PyObject *row =
            Py_BuildValue("(OIILs)", first[i].is_imports ? Py_True : Py_False, first[i].function,
                          first[i].line, (long long)first[i].bytes, first[i].note);
        if (!row || PyList_Append(list, row) != 0) Py_CLEAR(list);
        Py_XDECREF(row);
    }
    fil_arena_free(view.arena);
    return list;
}
