/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the names of the functions that mean more to the walker than a name. fil_role_of is its
 * entry, once for each code object. */
#include "roles.h"

#include <string.h>

static const struct {
    const char *file, *name; /* the ends of the code object's */
    enum fil_role role;
} known[] = {
    {"/concurrent/futures/thread.py", "_WorkItem.run", FIL_ROLE_WORK},
    {"/joblib/parallel.py", "BatchedCalls.__call__", FIL_ROLE_WORK},
    {"/joblib/parallel.py", "BatchCompletionCallBack.__call__", FIL_ROLE_WORK},
    {"/asyncio/events.py", "Handle._run", FIL_ROLE_CALLBACK},
};

/* Whether `part` stands in the text from the character `first` on. */
static bool has_at(PyObject *text, Py_ssize_t first, const char *part) {
    Py_ssize_t length = (Py_ssize_t)strlen(part);
    if (first < 0 || first + length > PyUnicode_GET_LENGTH(text)) return false;
    int kind = (int)PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    for (Py_ssize_t i = 0; i < length; i++) {
        if (PyUnicode_READ(kind, data, first + i) != (Py_UCS4)(unsigned char)part[i]) return false;
    }
    return true;
}

static bool ends_with(PyObject *text, const char *end) {
    if (!text || !PyUnicode_Check(text)) return false;
    return has_at(text, PyUnicode_GET_LENGTH(text) - (Py_ssize_t)strlen(end), end);
}

static bool begins_with(PyObject *text, const char *beginning) {
    return text && PyUnicode_Check(text) && has_at(text, 0, beginning);
}

enum fil_role fil_role_of(const PyCodeObject *code) {
    if (code->co_flags & CO_COROUTINE) return FIL_ROLE_COROUTINE;
    if (begins_with(code->co_filename, "<frozen importlib")) return FIL_ROLE_IMPORT;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        bool is_it = code->co_argcount && ends_with(code->co_qualname, known[i].name) &&
                     ends_with(code->co_filename, known[i].file);
        if (is_it) return known[i].role;
    }
    return FIL_ROLE_NONE;
}
