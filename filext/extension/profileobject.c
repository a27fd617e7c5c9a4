/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the Python type _filext.Profile: no logic, each method converts, makes one call and
 * converts. fil_profileobject_new is its main entry. */
#include "profileobject.h"

#include <stddef.h>

#include "../../report/cells.h"
#include "../../report/report.h"
#include "../../report/rows.h"
#include "../../report/writers.h"
#include "textobject.h"

struct profile {
    PyObject_HEAD struct fil_kept *kept;
    PyObject *whole; /* of a profile as seen at its end: whose the kept one is; else NULL */
};

static PyTypeObject type;

static PyObject *make(struct fil_kept *kept, PyObject *whole) {
    struct profile *self = PyObject_New(struct profile, &type);
    if (!self) return NULL;
    self->kept = kept;
    self->whole = Py_XNewRef(whole);
    return (PyObject *)self;
}

PyObject *fil_profileobject_new(struct fil_kept *kept) {
    PyObject *self = kept ? make(kept, NULL) : PyErr_NoMemory();
    if (!self) fil_kept_free(kept);
    return self;
}

static const struct fil_digest *digest_of(PyObject *self) {
    const struct profile *profile = (struct profile *)self;
    return profile->whole ? profile->kept->digest.end : &profile->kept->digest;
}

const struct fil_digest *fil_profileobject_digest(PyObject *object) {
    if (PyObject_TypeCheck(object, &type)) return digest_of(object);
    PyErr_Format(PyExc_TypeError, "a _filext.Profile is needed, not %s", Py_TYPE(object)->tp_name);
    return NULL;
}

PyObject *fil_profileobject_bytes(int error, struct fil_buffer *buffer) {
    PyObject *bytes = error ? PyErr_NoMemory()
                            : PyBytes_FromStringAndSize(buffer->text, (Py_ssize_t)buffer->used);
    fil_buffer_clear(buffer);
    return bytes;
}

static void dealloc(PyObject *self) {
    struct profile *profile = (struct profile *)self;
    if (profile->whole) Py_DECREF(profile->whole);
    else fil_kept_free(profile->kept);
    PyObject_Free(self);
}

/* `whole` as seen at its end. */
static PyObject *at_end_of(PyObject *whole) {
    struct profile *profile = (struct profile *)whole;
    if (profile->kept->digest.end) return make(profile->kept, whole);
    return PyErr_Format(PyExc_ValueError, "this profile has no end: %s",
                        fil_report_why_no_end(&profile->kept->report));
}

static PyObject *at(PyObject *self, PyObject *arguments) {
    const char *moment;
    PyObject *whole = ((struct profile *)self)->whole;
    if (!PyArg_ParseTuple(arguments, "s:at", &moment)) return NULL;
    bool is_end = strcmp(moment, "end") == 0;
    if (!is_end && strcmp(moment, "peak") != 0)
        return PyErr_Format(PyExc_ValueError, "unknown moment '%s': use peak or end", moment);
    if (is_end == (whole != NULL)) return Py_NewRef(self);
    return is_end ? at_end_of(self) : Py_NewRef(whole);
}

/* What was made of the profile's kept one, as seen at the same moment. */
static PyObject *made_of(PyObject *self, struct fil_kept *kept) {
    PyObject *whole = fil_profileobject_new(kept);
    if (!whole || !((struct profile *)self)->whole) return whole;
    PyObject *at_end = at_end_of(whole);
    Py_DECREF(whole);
    return at_end;
}

/* Appends an item that this function owns; a NULL item is the error of the one who made it. */
static bool append(PyObject *list, PyObject *item) {
    bool good = item && PyList_Append(list, item) == 0;
    Py_XDECREF(item);
    return good;
}

static PyObject *functions(PyObject *self, PyObject *none) {
    (void)none;
    const struct fil_tree *tree = digest_of(self)->tree;
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && i < tree->function_count; i++) {
        const struct fil_function *f = &tree->functions[i];
        if (!append(list, Py_BuildValue("(ssI)", f->name, f->file, f->first_line))) Py_CLEAR(list);
    }
    return list;
}

static PyObject *node_tuple(const struct fil_tree *tree, uint32_t i) {
    const struct fil_tree_node *n = &tree->nodes[i];
    const struct fil_tree_old old = tree->old ? tree->old[i] : (struct fil_tree_old){0, 0};
    return Py_BuildValue("(IIILLILLL)", n->parent, n->function, n->line, (long long)n->self,
                         (long long)n->total, n->allocations, (long long)old.self,
                         (long long)old.total, (long long)n->untouched);
}

static PyObject *nodes(PyObject *self, PyObject *argument) {
    int with_imports = PyObject_IsTrue(argument);
    if (with_imports < 0) return NULL;
    const struct fil_tree *tree = with_imports ? digest_of(self)->held : digest_of(self)->spliced;
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && i < tree->count; i++) {
        if (!append(list, node_tuple(tree, i))) Py_CLEAR(list);
    }
    return list;
}

/* What a row's key stands for: a function's number, or the name of anything else. */
static PyObject *key_of(const struct fil_digest *digest, enum fil_by by, uint32_t key) {
    bool is_number = by == FIL_BY_LINE || by == FIL_BY_FUNCTION || by == FIL_BY_OWN;
    if (is_number) return PyLong_FromUnsignedLong(key);
    return PyUnicode_FromString(
        fil_answers_name(digest->answers, digest->tree, digest->report, by, key));
}

static PyObject *answers(PyObject *self, PyObject *arguments) {
    const char *name;
    enum fil_by by;
    if (!PyArg_ParseTuple(arguments, "s:answers", &name)) return NULL;
    if (!fil_by_of(name, &by))
        return PyErr_Format(PyExc_ValueError, "there are no answers by '%s'", name);
    const struct fil_answer *answer = &digest_of(self)->answers->by[by];
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && i < answer->count; i++) {
        const struct fil_row *r = &answer->rows[i];
        const char *below = digest_of(self)->answers->places->packages[r->below].name;
        PyObject *row = Py_BuildValue("(NIILLKLLLLs)", key_of(digest_of(self), by, r->key),
                                      r->function, r->line, (long long)r->self, (long long)r->total,
                                      (unsigned long long)r->allocations, (long long)r->untouched,
                                      (long long)r->old_self, (long long)r->old_total,
                                      (long long)r->total_untouched, r->below ? below : "");
        if (!append(list, row)) Py_CLEAR(list);
    }
    return list;
}

static PyObject *paths(PyObject *self, PyObject *none) {
    (void)none;
    const struct fil_places *places = digest_of(self)->answers->places;
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && i < places->path_count; i++) {
        const struct fil_package *package = &places->packages[places->paths[i].package];
        PyObject *path = Py_BuildValue("(sss)", places->paths[i].file, package->name,
                                       fil_code_names[package->code]);
        if (!append(list, path)) Py_CLEAR(list);
    }
    return list;
}

static PyObject *files(PyObject *self, PyObject *none) {
    (void)none;
    const struct fil_tree *tree = digest_of(self)->spliced;
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list && i < tree->file_count; i++) {
        const struct fil_snapshot_file *f = &tree->files[i];
        PyObject *file = Py_BuildValue("(sILL)", f->path, f->node, (long long)f->mapped_bytes,
                                       (long long)f->resident_bytes);
        if (!append(list, file)) Py_CLEAR(list);
    }
    return list;
}

static PyObject *source(PyObject *self, PyObject *arguments) {
    const char *file;
    unsigned line;
    if (!PyArg_ParseTuple(arguments, "sI:source", &file, &line)) return NULL;
    const struct fil_source_line *found = fil_report_source(digest_of(self)->report, file, line);
    return PyUnicode_FromString(found ? found->text : "");
}

bool fil_profileobject_format(const char *name, enum fil_format *format) {
    if (fil_report_format_by_name(name, format)) return true;
    PyErr_Format(PyExc_ValueError, "unknown format '%s'", name);
    return false;
}

static PyObject *render(PyObject *self, PyObject *arguments) {
    const char *name;
    enum fil_format format;
    if (!PyArg_ParseTuple(arguments, "s:render", &name)) return NULL;
    if (!fil_profileobject_format(name, &format)) return NULL;
    struct fil_buffer buffer = {0};
    return fil_profileobject_bytes(fil_render_digest(digest_of(self), format, &buffer), &buffer);
}

/* The paths of what was written, or the first OSError. */
static PyObject *paths_written(const struct fil_written *written) {
    PyObject *list = PyList_New(0);
    for (int i = 0; list && i < FIL_REPORT_FILES; i++) {
        PyObject *path = PyUnicode_DecodeFSDefault(written[i].path);
        if (path && written[i].error) {
            errno = written[i].error;
            PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
            Py_CLEAR(path);
        }
        if (!append(list, path)) Py_CLEAR(list);
    }
    return list;
}

static PyObject *write_report(PyObject *self, PyObject *arguments) {
    const char *stem;
    PyObject *directory;
    if (!PyArg_ParseTuple(arguments, "O&s:write_report", PyUnicode_FSConverter, &directory, &stem))
        return NULL;
    struct fil_written *written = PyMem_Calloc(FIL_REPORT_FILES, sizeof *written);
    if (written)
        fil_digest_write_files(&((struct profile *)self)->kept->digest,
                               PyBytes_AS_STRING(directory), stem, written, NULL);
    PyObject *result = written ? paths_written(written) : PyErr_NoMemory();
    PyMem_Free(written);
    Py_DECREF(directory);
    return result;
}

/* The cells of a dict {file: (name, source, lines above)}, whose texts are the dict's.
 * NULL with an exception. */
static struct fil_cell *cells_of(PyObject *dict) {
    struct fil_cell *cells = PyMem_Calloc((size_t)PyDict_Size(dict) + 1, sizeof *cells);
    PyObject *file, *value;
    Py_ssize_t at = 0;
    if (!cells) PyErr_NoMemory();
    for (struct fil_cell *cell = cells; cells && PyDict_Next(dict, &at, &file, &value); cell++) {
        cell->file = PyUnicode_AsUTF8(file);
        const char *form = "ssI:as_cells", **name = &cell->name, **source = &cell->source;
        if (cell->file && PyArg_ParseTuple(value, form, name, source, &cell->above)) continue;
        PyMem_Free(cells);
        return NULL;
    }
    return cells;
}

static PyObject *as_cells(PyObject *self, PyObject *arguments) {
    PyObject *dict;
    if (!PyArg_ParseTuple(arguments, "O!:as_cells", &PyDict_Type, &dict)) return NULL;
    struct fil_cell *cells = cells_of(dict);
    if (!cells) return NULL;
    struct fil_kept *kept =
        fil_cells_apply(((struct profile *)self)->kept, cells, (uint32_t)PyDict_Size(dict));
    PyMem_Free(cells);
    return made_of(self, kept);
}

static PyObject *called(PyObject *self, PyObject *arguments) {
    const char *name;
    if (!PyArg_ParseTuple(arguments, "s:called", &name)) return NULL;
    const struct fil_kept *kept = ((struct profile *)self)->kept;
    struct fil_report report = kept->report;
    report.command = &name;
    report.command_count = 1;
    return made_of(self, fil_kept_make(&report, kept->digest.tree));
}

static PyObject *hidden(PyObject *self, PyObject *arguments) {
    int no_source, most;
    if (!PyArg_ParseTuple(arguments, "pi:hidden", &no_source, &most)) return NULL;
    const struct fil_kept *kept = ((struct profile *)self)->kept;
    struct fil_report report = kept->report;
    if (no_source) {
        report.no_source = true;
        report.source_count = report.passage_count = 0;
    }
    if (most >= 0 && report.command_count > most) report.command_count = most;
    return made_of(self, fil_kept_make(&report, kept->digest.tree));
}

/* The list's texts, in `names`; they are the list's. False with an exception. */
static bool names_of(PyObject *list, const char **names) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (!(names[i] = PyUnicode_AsUTF8(PyList_GET_ITEM(list, i)))) return false;
    }
    return true;
}

static PyObject *owned(PyObject *self, PyObject *arguments) {
    PyObject *list, *result = NULL;
    if (!PyArg_ParseTuple(arguments, "O!:owned", &PyList_Type, &list)) return NULL;
    uint32_t count = (uint32_t)PyList_GET_SIZE(list);
    const char **names = PyMem_Calloc((size_t)count + 1, sizeof *names);
    struct fil_report report = *digest_of(self)->report;
    report.own = (struct fil_named){names, count};
    if (!names) PyErr_NoMemory();
    else if (names_of(list, names))
        result = fil_profileobject_new(fil_kept_make(&report, digest_of(self)->tree));
    PyMem_Free(names);
    return result;
}

static PyObject *shortened(PyObject *self, PyObject *none) {
    (void)none;
    struct fil_arena *arena = fil_arena_new();
    const struct fil_tree *tree = arena ? fil_tree_for_exports(digest_of(self), arena) : NULL;
    struct fil_kept *kept = tree ? fil_kept_make(digest_of(self)->report, tree) : NULL;
    fil_arena_free(arena);
    return fil_profileobject_new(kept);
}

static PyObject *text(PyObject *self, PyObject *arguments) {
    return fil_textobject_text(digest_of(self), arguments);
}

static PyObject *table(PyObject *self, PyObject *arguments) {
    return fil_textobject_table(digest_of(self), arguments);
}

static PyObject *first(PyObject *self, PyObject *none) {
    (void)none;
    return fil_textobject_first(digest_of(self));
}

static PyObject *in_use(PyObject *self, PyObject *none) {
    (void)none;
    return PyLong_FromLongLong(fil_rows_whole(digest_of(self)));
}

static PyMethodDef methods[] = {
    {"functions", functions, METH_NOARGS, "The functions, by number: (name, file, first line)."},
    {"nodes", nodes, METH_O,
     "nodes(with_imports): (parent, function, line, self, total, allocations, old self, old total, "
     "untouched of the total); parents first."},
    {"answers", answers, METH_VARARGS,
     "answers(by): (key, function, line, self, total, allocations, untouched, old self, old total, "
     "untouched of the total, package below), the largest first; the key is a function's number by "
     "line, by function and by "
     "own line, else a name; the package is told by own line, else \"\"."},
    {"paths", paths, METH_NOARGS, "The source files: (file, package, kind of code)."},
    {"files", files, METH_NOARGS,
     "The mapped files: (path, node without imports, mapped bytes, resident bytes)."},
    {"source", source, METH_VARARGS, "source(file, line): the text of a line, or \"\"."},
    {"render", render, METH_VARARGS, "render(format): the report as bytes."},
    {"at", at, METH_VARARGS,
     "at(moment): the same profile as seen at that moment, peak or end. ValueError where its end "
     "isn't known."},
    {"write_report", write_report, METH_VARARGS,
     "write_report(directory, stem): the paths written, of the peak with the end in it. OSError."},
    {"as_cells", as_cells, METH_VARARGS,
     "as_cells({file: (name, source, lines above)}): the profile as a notebook's reader sees it."},
    {"shortened", shortened, METH_NOARGS,
     "The profile of which exports are made, with not much text."},
    {"called", called, METH_VARARGS,
     "called(name): the same profile with this in place of a command line."},
    {"hidden", hidden, METH_VARARGS,
     "hidden(no_source, most): the same profile without the program's source, with `no_source`, "
     "and with at most so many words of its command line; -1: all of them."},
    {"text", text, METH_VARARGS,
     "text(part, look, has_command): headline, untouched, first or summary, as it looks there."},
    {"table", table, METH_VARARGS, "table(by, rows, look): these rows of the answers, as a table."},
    {"first", first, METH_NOARGS,
     "The rows that people see first: (is imports, function, line, bytes, note)."},
    {"in_use", in_use, METH_NOARGS, "The bytes in use at its moment, of which shares are told."},
    {"owned", owned, METH_VARARGS,
     "owned([folder or package]): the same profile, of which that is own code, in place of what "
     "was."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "filprofiler._filext.Profile",
    .tp_basicsize = sizeof(struct profile),
    .tp_dealloc = dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "What a recording held at one moment: an immutable value.",
    .tp_methods = methods,
};

bool fil_profileobject_prepare(PyObject *module) {
    return PyModule_AddType(module, &type) == 0;
}
