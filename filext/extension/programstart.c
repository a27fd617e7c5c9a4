/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the answer to whether the program began at all. fil_programstart_prepare is its entry at the
 * start, fil_programstart_seen at the end. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* Python.h first: it sets the feature macros. */
#include "programstart.h"

#include <string.h>

static char library[4096]; /* the standard library's folder; "" when unknown */
static bool is_command;    /* the program is that of -c, which nothing tells from texts that Python
                              evaluates before it */

void fil_programstart_prepare(void) {
    PyObject *folder = PySys_GetObject("_stdlib_dir"); /* borrowed */
    const char *path = folder && PyUnicode_Check(folder) ? PyUnicode_AsUTF8(folder) : NULL;
    if (!path) PyErr_Clear();
    if (path && strlen(path) < sizeof library) strcpy(library, path);
    PyObject *arguments = PySys_GetObject("argv"); /* borrowed */
    PyObject *first = arguments && PyList_Check(arguments) && PyList_GET_SIZE(arguments)
                          ? PyList_GET_ITEM(arguments, 0)
                          : NULL;
    is_command =
        first && PyUnicode_Check(first) && PyUnicode_CompareWithASCIIString(first, "-c") == 0;
}

/* Files of what Python itself imports before the program, and to print why it couldn't begin. */
static bool is_pythons_own(const char *file) {
    size_t length = strlen(library);
    return length && strncmp(file, library, length) == 0 && file[length] == '/' &&
           !strstr(file + length, "-packages/");
}

/* What runpy runs, a module, a folder or an archive, may be in the standard library itself, which
 * evaluates texts without a file. */
static bool is_the_programs(const struct fil_function *function) {
    if (strcmp(function->file, "<frozen runpy>") == 0)
        return strcmp(function->name, "_run_code") == 0;
    if (strcmp(function->name, "<module>") != 0 || is_pythons_own(function->file)) return false;
    return strncmp(function->file, "<frozen ", 8) != 0 && strcmp(function->file, "<string>") != 0;
}

bool fil_programstart_seen(const struct fil_snapshot *snapshot) {
    bool seen = is_command;
    for (uint32_t i = 1; !seen && i < snapshot->function_count; i++)
        seen = is_the_programs(&snapshot->functions[i]);
    return seen;
}
