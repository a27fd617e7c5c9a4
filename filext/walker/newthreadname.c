/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the finding of a new thread's name in the frame of the start() that makes it.
 * fil_newthreadname_read is its main entry. */
#include "newthreadname.h"

#include "frames.h"
#include "states.h"
#include "text.h"

static PyObject *attribute, *file_tail; /* "_name", "/threading.py" */

void fil_newthreadname_prepare(void) {
    if (!attribute) attribute = PyUnicode_InternFromString("_name");
    if (!file_tail) file_tail = PyUnicode_FromString("/threading.py");
    if (!attribute || !file_tail) PyErr_Clear();
}

/* threading.Thread.start, whose `self` is its first local. */
static bool is_start(PyCodeObject *code) {
    return code->co_argcount == 1 &&
           PyUnicode_CompareWithASCIIString(code->co_name, "start") == 0 && file_tail &&
           PyUnicode_Tailmatch(code->co_filename, file_tail, 0, PY_SSIZE_T_MAX, 1) == 1;
}

/* The attribute as object.__getattribute__ finds it: no code of a subclass runs. The error that may
 * be pending stays. */
static PyObject *name_of(PyObject *thread) {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *name = attribute ? PyObject_GenericGetAttr(thread, attribute) : NULL;
    PyErr_Restore(type, value, trace);
    return name;
}

bool fil_newthreadname_read(char *name, size_t size) {
    PyThreadState *state = PyGILState_Check() ? fil_thread_state(true) : NULL;
    fil_frame *frame = state ? fil_current_frame(state) : NULL;
    while (frame && fil_frame_is_entry(frame)) frame = frame->previous;
    if (!frame || !is_start((PyCodeObject *)fil_frame_code_address(frame))) return false;
    PyObject *thread = fil_frame_first_local(frame), *text = thread ? name_of(thread) : NULL;
    bool good = text && PyUnicode_Check(text);
    if (good) fil_text_write(text, name, size);
    Py_XDECREF(text);
    return good;
}
