/* SPDX-License-Identifier: Apache-2.0 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* Python.h first: it sets the feature macros. */
#include "programstart.h"

#include <string.h>

static char library[4096]; /* the standard library's folder; "" when unknown */

void fil_programstart_prepare(void) {
    PyObject *folder = PySys_GetObject("_stdlib_dir"); /* borrowed */
    const char *path = folder && PyUnicode_Check(folder) ? PyUnicode_AsUTF8(folder) : NULL;
    if (!path) PyErr_Clear();
    if (path && strlen(path) < sizeof library) strcpy(library, path);
}

/* Files of what Python itself imports before the program, and to print why it couldn't begin. */
static bool is_pythons_own(const char *file) {
    size_t length = strlen(library);
    return length && strncmp(file, library, length) == 0 && file[length] == '/' && !strstr(file + length, "-packages/");
}

/* Functions stand in the order in which they were first seen. A module's text that has no file is
 * the program's (-c) where it came first; the standard library evaluates such texts, too. What
 * runpy runs, a module, a folder or an archive, may be in the standard library itself. */
bool fil_programstart_seen(const struct fil_snapshot *snapshot) {
    bool library_came = false;
    for (uint32_t i = 1; i < snapshot->function_count; i++) {
        const struct fil_function *function = &snapshot->functions[i];
        if (strcmp(function->file, "<frozen runpy>") == 0 && strcmp(function->name, "_run_code") == 0) return true;
        if (strcmp(function->name, "<module>") != 0 || strncmp(function->file, "<frozen ", 8) == 0) continue;
        if (is_pythons_own(function->file)) library_came = true;
        else if (function->file[0] != '<' || !library_came) return true;
    }
    return false;
}
