/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the watch for an exception of a certain type that is never caught. fil_uncaught_watch begins
 * it, and fil_uncaught_seen has the answer. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* Python.h first: it sets the feature macros. */
#include "uncaught.h"

#include <string.h>

#include "internal/pycore_interp.h"

static bool watching, seen;

/* CPython raises this event when it prints an exception that was never caught: (hook, type, value,
 * traceback). */
static int on_event(const char *event, PyObject *arguments, void *type) {
    if (strcmp(event, "sys.excepthook") != 0 || !PyTuple_Check(arguments) ||
        PyTuple_GET_SIZE(arguments) < 2)
        return 0;
    PyObject *raised = PyTuple_GET_ITEM(arguments, 1);
    seen = PyType_Check(raised) && PyErr_GivenExceptionMatches(raised, type);
    return 0;
}

void fil_uncaught_watch(PyObject *type) {
    if (watching || !PyGILState_Check() || PyInterpreterState_Get()->audit_hooks) return;
    watching = PySys_AddAuditHook(on_event, type) == 0;
}

bool fil_uncaught_seen(void) {
    return seen;
}
