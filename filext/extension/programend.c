/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the moment between the program's own atexit functions and the interpreter's end.
 * fil_programend_call is its main entry. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* Python.h first: it sets the feature macros. */
#include "programend.h"

#include "../platform/os.h"

static struct {
    void (*ended)(void);
    int process_id; /* a forked child has the function, too, and another end */
    bool seen;
} programend;

/* Called from Python code it isn't the end: atexit._run_exitfuncs() calls all functions, and
 * forgets them. */
static PyObject *on_end(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    bool is_end = programend.process_id == fil_os_process_id() && !PyEval_GetFrame();
    if (is_end) programend.seen = true;
    if (is_end) programend.ended();
    Py_RETURN_NONE;
}

/* The module as `import atexit` would make it, but in sys.modules it isn't; what it registers is
 * the interpreter's. A reference, or NULL with or without an exception. */
static PyObject *make_atexit(void) {
    const struct _inittab *builtin = PyImport_Inittab;
    while (builtin->name && strcmp(builtin->name, "atexit") != 0) builtin++;
    PyObject *definition = builtin->initfunc ? builtin->initfunc() : NULL;
    if (!definition || !PyObject_TypeCheck(definition, &PyModuleDef_Type)) return NULL;
    PyObject *name = PyUnicode_FromString("atexit");
    PyObject *spec = name ? PyObject_CallOneArg((PyObject *)&PyModule_Type, name) : NULL;
    if (spec && PyObject_SetAttrString(spec, "name", name) != 0) Py_CLEAR(spec);
    PyObject *module = spec ? PyModule_FromDefAndSpec((PyModuleDef *)definition, spec) : NULL;
    if (module && PyModule_ExecDef(module, (PyModuleDef *)definition) != 0) Py_CLEAR(module);
    Py_XDECREF(spec);
    Py_XDECREF(name);
    return module;
}

void fil_programend_call(void (*ended)(void)) {
    static PyMethodDef method = {"on_end", on_end, METH_NOARGS, NULL};
    programend.ended = ended;
    programend.process_id = fil_os_process_id();
    PyObject *module = make_atexit(), *function = module ? PyCFunction_New(&method, NULL) : NULL;
    PyObject *result = function ? PyObject_CallMethod(module, "register", "O", function) : NULL;
    Py_XDECREF(result);
    Py_XDECREF(function);
    Py_XDECREF(module);
    PyErr_Clear();
}

bool fil_programend_is_known(void) {
    return programend.seen || Py_IsInitialized();
}
