/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the module filprofiler._filext: no logic, it parses the arguments, makes one call and
 * converts the result. PyInit__filext is its entry. */
#include "profileobject.h" /* first: Python.h sets the feature macros */

#include "../../report/difference.h"
#include "../postmortem/readout.h"
#include "../postmortem/unreported.h"
#include "atshortage.h"
#include "profile.h"
#include "recording.h"
#include "session.h"
#include "textobject.h"

#define HOW_TO_START                                                                               \
    "the profiler isn't loaded in this process: start the program with `fil-profile run "          \
    "script.py` or `fil-profile "                                                                  \
    "python script.py`, or choose the kernel \"Python 3 with Fil\" in Jupyter"

static bool require_engine(void) {
    if (fil_recording_engine()) return true;
    PyErr_SetString(PyExc_RuntimeError, HOW_TO_START);
    return false;
}

static PyObject *available(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    return PyBool_FromLong(fil_recording_engine() != NULL);
}

static PyObject *is_recording(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    const struct fil_engine *engine = fil_recording_engine();
    return PyBool_FromLong(engine && engine->is_recording());
}

/* Begins the recording; `blackbox`: the file of its black box, or "". `no_source` and `most` are
 * those of fil_processinfo_hide. */
static PyObject *begin(const char *directory, const char *blackbox, bool no_source, int most) {
    const struct fil_engine *engine = fil_recording_engine();
    if (engine->is_recording()) {
        PyErr_SetString(
            PyExc_RuntimeError,
            "a recording is already running: call stop() first, or snapshot() to look at it");
        return NULL;
    }
    fil_processinfo_prepare(engine);
    fil_processinfo_hide(no_source, most);
    int error = *blackbox ? engine->open_blackbox(blackbox, false, 0) : 0;
    fil_atshortage_watch_cell(directory);
    fil_recording_start();
    if (error) return PyUnicode_FromString(strerror(error));
    Py_RETURN_NONE;
}

static PyObject *in_session(PyObject *self, PyObject *line) {
    (void)self;
    const char *text = PyUnicode_AsUTF8(line);
    return text ? PyBool_FromLong(fil_session_is_on(text)) : NULL;
}

static PyObject *start(PyObject *self, PyObject *arguments) {
    (void)self;
    PyObject *directory, *blackbox;
    int no_source, most;
    if (!PyArg_ParseTuple(arguments, "O&O&pi:start", PyUnicode_FSConverter, &directory,
                          PyUnicode_FSConverter, &blackbox, &no_source, &most))
        return NULL;
    PyObject *result = require_engine() ? begin(PyBytes_AS_STRING(directory),
                                                PyBytes_AS_STRING(blackbox), no_source, most)
                                        : NULL;
    Py_DECREF(directory);
    Py_DECREF(blackbox);
    return result;
}

static PyObject *hides_source(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    const struct fil_engine *engine = fil_recording_engine();
    if (engine) fil_processinfo_prepare(engine);
    return PyBool_FromLong(engine && fil_processinfo_hides_source());
}

static PyObject *shortage(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    const struct fil_buffer *profile = fil_atshortage_profile();
    if (!profile->used) Py_RETURN_NONE;
    return PyBytes_FromStringAndSize(profile->text, (Py_ssize_t)profile->used);
}

/* The profile so far; with `stop` the recording ends. */
static PyObject *profile(bool stop) {
    if (!require_engine()) return NULL;
    struct fil_profile profile;
    int error = fil_profile_take(&profile, (struct fil_moment_shown){FIL_MOMENT_PEAK, 0}, stop);
    if (error == FIL_SNAPSHOT_NOT_RECORDING) {
        PyErr_SetString(PyExc_RuntimeError, "no recording is running: call start() first");
        return NULL;
    }
    if (error == FIL_SNAPSHOT_BUSY) {
        PyErr_SetString(PyExc_RuntimeError,
                        "another thread is taking a snapshot at this moment: call again");
        return NULL;
    }
    if (error) return PyErr_NoMemory();
    struct fil_kept *kept = fil_kept_make(&profile.report, NULL);
    fil_profile_release(&profile);
    return fil_profileobject_new(kept);
}

static PyObject *stop(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    return profile(true);
}

static PyObject *snapshot(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    return profile(false);
}

static PyObject *figures(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    int64_t live = 0, peak = 0;
    const struct fil_engine *engine = fil_recording_engine();
    if (engine && engine->is_recording()) engine->figures(&live, &peak);
    return Py_BuildValue("LL", (long long)live, (long long)peak);
}

static bool parse_profile(const char *json, Py_ssize_t length, struct fil_report *report) {
    char error[200];
    if (fil_report_parse(json, (size_t)length, report, error, sizeof error) == 0) return true;
    PyErr_Format(PyExc_ValueError,
                 strncmp(error, "but ", 4) == 0 ? "not a profile %s" : "not a profile: %s", error);
    return false;
}

static PyObject *read_profile(PyObject *self, PyObject *arguments) {
    (void)self;
    const char *json;
    Py_ssize_t length;
    struct fil_report report;
    if (!PyArg_ParseTuple(arguments, "y#:read_profile", &json, &length)) return NULL;
    if (!parse_profile(json, length, &report)) return NULL;
    struct fil_kept *kept = fil_kept_make(&report, NULL);
    fil_report_free(&report);
    return fil_profileobject_new(kept);
}

/* One item of `moved`: (old function, old line, function or -1, file, line). The file's text is the
 * item's. */
static bool read_moved(PyObject *item, const struct fil_tree *older, const struct fil_tree *newer,
                       struct fil_moved *to) {
    long function;
    if (!PyArg_ParseTuple(item, "IIlsI:difference", &to->old_function, &to->old_line, &function,
                          &to->file, &to->line))
        return false;
    to->function = function < 0 ? UINT32_MAX : (uint32_t)function;
    bool exists = to->old_function < older->first_import &&
                  (function < 0 || to->function < newer->first_import);
    if (!exists) PyErr_SetString(PyExc_ValueError, "a function doesn't exist");
    return exists;
}

static PyObject *difference(PyObject *self, PyObject *arguments) {
    (void)self;
    PyObject *old, *new, *list;
    if (!PyArg_ParseTuple(arguments, "OOO!:difference", &old, &new, &PyList_Type, &list))
        return NULL;
    const struct fil_digest *older = fil_profileobject_digest(old),
                            *newer = older ? fil_profileobject_digest(new) : NULL;
    uint32_t count = (uint32_t)PyList_GET_SIZE(list);
    struct fil_moved *moved = newer ? PyMem_Calloc((size_t)count + 1, sizeof *moved) : NULL;
    if (!newer) return NULL;
    bool good = moved;
    for (uint32_t i = 0; good && i < count; i++)
        good = read_moved(PyList_GET_ITEM(list, i), older->tree, newer->tree, &moved[i]);
    PyObject *result = NULL;
    if (good) result = fil_profileobject_new(fil_difference_make(older, newer, moved, count));
    else if (!moved) PyErr_NoMemory();
    PyMem_Free(moved);
    return result;
}

static PyObject *render(PyObject *self, PyObject *arguments) {
    (void)self;
    const char *json, *name;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(arguments, "y#s:render", &json, &length, &name)) return NULL;
    enum fil_format format;
    if (!fil_profileobject_format(name, &format)) return NULL;
    struct fil_report report;
    if (!parse_profile(json, length, &report)) return NULL;
    struct fil_buffer buffer = {0};
    int error = fil_report_render(&report, format, &buffer);
    fil_report_free(&report);
    return fil_profileobject_bytes(error, &buffer);
}

static PyObject *page(PyObject *self, PyObject *arguments) {
    (void)self;
    static char words[] = "What changed at the peak";
    const char *text, *mode;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(arguments, "y#s:page", &text, &length, &mode)) return NULL;
    bool embed = strcmp(mode, "embed") == 0;
    if (!embed && strcmp(mode, "page") != 0)
        return PyErr_Format(PyExc_ValueError, "unknown mode '%s': use page or embed", mode);
    struct fil_buffer title = {.text = words, .used = sizeof words - 1}, buffer = {0};
    const struct fil_buffer json = {.text = (char *)text, .used = (size_t)length};
    return fil_profileobject_bytes(fil_report_page(&title, &json, embed, &buffer), &buffer);
}

static PyObject *read_blackbox(PyObject *self, PyObject *arguments) {
    (void)self;
    PyObject *path;
    const char *ending = NULL;
    if (!PyArg_ParseTuple(arguments, "O&|s:read_blackbox", PyUnicode_FSConverter, &path, &ending))
        return NULL;
    struct fil_readout readout;
    char reason[FIL_READOUT_REASON], end[160] = "";
    int error = fil_readout_make(PyBytes_AS_STRING(path), 0, NULL, &readout, reason);
    Py_DECREF(path);
    if (error) return PyErr_Format(PyExc_ValueError, "%s", reason);
    fil_report_read_sources(&readout.report);
    if (ending && !readout.runs)
        snprintf(end, sizeof end, "Process %d %s", readout.process_id, ending);
    fil_unreported_reason(&readout, *end ? end : NULL);
    struct fil_kept *kept = fil_kept_make(&readout.report, NULL);
    bool runs = readout.runs;
    fil_readout_release(&readout);
    PyObject *profile = fil_profileobject_new(kept);
    return profile ? Py_BuildValue("NN", profile, PyBool_FromLong(runs)) : NULL;
}

static PyMethodDef methods[] = {
    {"available", available, METH_NOARGS, "Whether the shim is preloaded in this process."},
    {"is_recording", is_recording, METH_NOARGS, "Whether a recording is running."},
    {"in_session", in_session, METH_O,
     "in_session(line): whether `fil-profile run` records all of this process; says the line then, "
     "unless it is \"\"."},
    {"start", start, METH_VARARGS,
     "start(directory, blackbox, no_source, most): begin a recording, kept in the file "
     "`blackbox`, or \"\"; why it can't be kept, or None. Nothing of it has the program's source, "
     "with `no_source`, nor more than `most` words of its command line; -1: all of them."},
    {"hides_source", hides_source, METH_NOARGS,
     "Whether the settings keep the program's source out of all recordings and reports."},
    {"shortage", shortage, METH_NOARGS,
     "The profile of the recording's last shortage of memory as JSON, or None."},
    {"figures", figures, METH_NOARGS,
     "Live bytes now and the peak so far; (0, 0) when nothing is recorded."},
    {"stop", stop, METH_NOARGS,
     "End the recording; its Profile. RuntimeError when none is running."},
    {"snapshot", snapshot, METH_NOARGS, "The Profile so far; the recording goes on."},
    {"read_profile", read_profile, METH_VARARGS,
     "read_profile(json): the Profile. ValueError for what isn't one."},
    {"difference", difference, METH_VARARGS,
     "difference(old, new, moved): the Profile of what changed. `moved`: a list of (old function, "
     "old line, function or -1, "
     "file, "
     "line)."},
    {"render", render, METH_VARARGS,
     "render(json, format): read_profile(json).render(format), without the answers kept."},
    {"page", page, METH_VARARGS,
     "page(json, mode): the page that shows this JSON, as bytes. mode: page or embed."},
    {"read_blackbox", read_blackbox, METH_VARARGS,
     "read_blackbox(path, ending): the Profile of a black box, and whether its process still "
     "runs. ValueError with a sentence. "
     "`ending`: what the reason says of one that doesn't, as in: ended in the middle of the cell."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_filext",
    .m_doc = "The C side of filprofiler: recordings and reports.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__filext(void) {
    PyObject *made = PyModule_Create(&module);
    if (made && PyModule_AddFunctions(made, fil_textobject_methods) != 0) Py_CLEAR(made);
    if (made && !fil_profileobject_prepare(made)) Py_CLEAR(made);
    return made;
}
