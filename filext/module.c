/* SPDX-License-Identifier: Apache-2.0 */
/* The module filprofiler._filext: no logic here. Parse the arguments, one call, convert the result. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../report/report.h"
#include "outofmemory.h"
#include "postmortem/sentence.h"
#include "postmortem/unbox.h"
#include "profile.h"
#include "recording.h"

#define HOW_TO_START                                                                                                             \
    "the profiler isn't loaded in this process: start the program with `fil-profile run script.py` or `fil-profile "             \
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

/* Begins the recording; `recording`: the file of its black box, or "". */
static PyObject *begin(const char *directory, const char *recording) {
    const struct fil_engine *engine = fil_recording_engine();
    if (engine->is_recording()) {
        PyErr_SetString(PyExc_RuntimeError, "a recording is already running: call stop() first, or snapshot() to look at it");
        return NULL;
    }
    int error = *recording ? engine->open_blackbox(recording, false, 0) : 0;
    fil_outofmemory_watch_cell(directory);
    fil_recording_start();
    if (error) return PyUnicode_FromString(strerror(error));
    Py_RETURN_NONE;
}

static PyObject *start(PyObject *self, PyObject *arguments) {
    (void)self;
    PyObject *directory, *recording;
    if (!PyArg_ParseTuple(arguments, "O&O&:start", PyUnicode_FSConverter, &directory, PyUnicode_FSConverter, &recording))
        return NULL;
    PyObject *result = require_engine() ? begin(PyBytes_AS_STRING(directory), PyBytes_AS_STRING(recording)) : NULL;
    Py_DECREF(directory);
    Py_DECREF(recording);
    return result;
}

static PyObject *out_of_memory(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    const struct fil_buffer *profile = fil_outofmemory_profile();
    if (!profile->used) Py_RETURN_NONE;
    return PyBytes_FromStringAndSize(profile->text, (Py_ssize_t)profile->used);
}

/* What was written, or MemoryError; the buffer is cleared. */
static PyObject *written_or_error(int error, struct fil_buffer *buffer) {
    PyObject *bytes = error ? PyErr_NoMemory() : PyBytes_FromStringAndSize(buffer->text, (Py_ssize_t)buffer->used);
    fil_buffer_clear(buffer);
    return bytes;
}

/* The profile so far as JSON; with `stop` the recording ends. */
static PyObject *profile(bool stop) {
    if (!require_engine()) return NULL;
    struct fil_profile profile;
    int error = fil_profile_take(&profile, (struct fil_moment_shown){FIL_MOMENT_PEAK, 0}, stop);
    if (error == FIL_SNAPSHOT_NOT_RECORDING) {
        PyErr_SetString(PyExc_RuntimeError, "no recording is running: call start() first");
        return NULL;
    }
    if (error == FIL_SNAPSHOT_BUSY) {
        PyErr_SetString(PyExc_RuntimeError, "another thread is taking a snapshot at this moment: call again");
        return NULL;
    }
    if (error) return PyErr_NoMemory();
    struct fil_buffer buffer = {0};
    error = fil_report_render(&profile.report, FIL_FORMAT_JSON, &buffer);
    fil_profile_release(&profile);
    return written_or_error(error, &buffer);
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
    PyErr_Format(PyExc_ValueError, "not a profile: %s", error);
    return false;
}

static PyObject *render(PyObject *self, PyObject *arguments) {
    (void)self;
    const char *json, *name;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(arguments, "y#s:render", &json, &length, &name)) return NULL;
    enum fil_format format;
    if (!fil_report_format_by_name(name, &format)) {
        return PyErr_Format(PyExc_ValueError,
                            "unknown format '%s': use prof, svg, svg-reversed, json, html, html-embed, "
                            "short or summary",
                            name);
    }
    struct fil_report report;
    if (!parse_profile(json, length, &report)) return NULL;
    struct fil_buffer buffer = {0};
    int error = fil_report_render(&report, format, &buffer);
    fil_report_free(&report);
    return written_or_error(error, &buffer);
}

static PyObject *page(PyObject *self, PyObject *arguments) {
    (void)self;
    static char words[] = "What changed at the peak";
    const char *text, *mode;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(arguments, "y#s:page", &text, &length, &mode)) return NULL;
    bool embed = strcmp(mode, "embed") == 0;
    if (!embed && strcmp(mode, "page") != 0) return PyErr_Format(PyExc_ValueError, "unknown mode '%s': use page or embed", mode);
    struct fil_buffer title = {.text = words, .used = sizeof words - 1}, buffer = {0};
    const struct fil_buffer json = {.text = (char *)text, .used = (size_t)length};
    return written_or_error(fil_report_page(&title, &json, embed, &buffer), &buffer);
}

static PyObject *write_report(PyObject *self, PyObject *arguments) {
    (void)self;
    const char *json, *stem;
    Py_ssize_t length;
    PyObject *directory;
    if (!PyArg_ParseTuple(arguments, "y#O&s:write_report", &json, &length, PyUnicode_FSConverter, &directory, &stem)) return NULL;
    struct fil_report report;
    if (!parse_profile(json, length, &report)) {
        Py_DECREF(directory);
        return NULL;
    }
    struct fil_written written[FIL_REPORT_FILES];
    fil_report_write_files(&report, PyBytes_AS_STRING(directory), stem, written, NULL);
    fil_report_free(&report);
    Py_DECREF(directory);
    PyObject *paths = PyList_New(0);
    for (int i = 0; paths && i < FIL_REPORT_FILES; i++) {
        PyObject *path = PyUnicode_DecodeFSDefault(written[i].path);
        if (path && written[i].error) {
            errno = written[i].error;
            PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
        }
        if (!path || written[i].error || PyList_Append(paths, path) < 0) Py_CLEAR(paths);
        Py_XDECREF(path);
    }
    return paths;
}

static PyObject *read_recording(PyObject *self, PyObject *arguments) {
    (void)self;
    PyObject *path;
    if (!PyArg_ParseTuple(arguments, "O&:read_recording", PyUnicode_FSConverter, &path)) return NULL;
    struct fil_unboxed recording;
    char reason[FIL_UNBOX_REASON], sentence[FIL_SENTENCE];
    int error = fil_unbox(PyBytes_AS_STRING(path), 0, &recording, reason);
    Py_DECREF(path);
    if (error) return PyErr_Format(PyExc_ValueError, "%s", reason);
    fil_report_read_sources(&recording.report);
    if (fil_sentence_write(&recording, NULL, sentence)) recording.report.reason = sentence;
    struct fil_buffer buffer = {0};
    error = fil_report_render(&recording.report, FIL_FORMAT_JSON, &buffer);
    bool runs = recording.runs;
    fil_unboxed_release(&recording);
    return Py_BuildValue("NN", written_or_error(error, &buffer), PyBool_FromLong(runs));
}

static PyMethodDef methods[] = {
    {"available", available, METH_NOARGS, "Whether the shim is preloaded in this process."},
    {"is_recording", is_recording, METH_NOARGS, "Whether a recording is running."},
    {"start", start, METH_VARARGS,
     "start(directory, recording): begin a recording, kept in the file `recording`, or \"\"; why it can't be kept, or None."},
    {"out_of_memory", out_of_memory, METH_NOARGS, "The profile of the recording's last shortage of memory as JSON, or None."},
    {"figures", figures, METH_NOARGS, "Live bytes now and the peak so far; (0, 0) when nothing is recorded."},
    {"stop", stop, METH_NOARGS, "End the recording; its profile as JSON (bytes). RuntimeError when none is running."},
    {"snapshot", snapshot, METH_NOARGS, "The profile so far as JSON (bytes); the recording goes on."},
    {"render", render, METH_VARARGS, "render(profile, format): the report as bytes. ValueError for what isn't a profile."},
    {"page", page, METH_VARARGS, "page(json, mode): the page that shows a difference, as bytes. mode: page or embed."},
    {"write_report", write_report, METH_VARARGS, "write_report(profile, directory, stem): the paths written. OSError."},
    {"read_recording", read_recording, METH_VARARGS,
     "read_recording(path): the profile of a black box as JSON, and whether its process still runs. ValueError with a sentence."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_filext",  .m_doc = "The C side of filprofiler: recordings and reports.",
    .m_size = -1,          .m_methods = methods,
};

PyMODINIT_FUNC PyInit__filext(void) {
    return PyModule_Create(&module);
}
