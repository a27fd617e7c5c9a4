/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of the process's facts from the interpreter, which may be gone when the report
 * is written. fil_processinfo_prepare reads them while it is there. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* Python.h first: it sets the feature macros. */
#include "processinfo.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct fil_processfacts info;
static struct fil_processfacts all; /* that the settings let be known; `info` may be less */
static bool prepared;

/* Copies an argument as UTF-8 into the fixed room; false when it is full. */
static bool add_argument(PyObject *argument) {
    PyObject *utf8 = PyUnicode_AsEncodedString(argument, "utf-8", "backslashreplace");
    if (!utf8) {
        PyErr_Clear();
        return false;
    }
    size_t length = (size_t)PyBytes_GET_SIZE(utf8);
    bool fits = info.argument_count < FIL_PROCESSFACTS_ARGUMENTS &&
                info.command_bytes + length + 1 <= sizeof info.command &&
                !memchr(PyBytes_AS_STRING(utf8), 0, length);
    if (fits) {
        memcpy(info.command + info.command_bytes, PyBytes_AS_STRING(utf8), length + 1);
        info.command_bytes += (uint32_t)length + 1;
        info.argument_count++;
    }
    Py_DECREF(utf8);
    return fits;
}

/* The folder of this very library, with a slash at the end. */
static void find_package(void) {
    Dl_info library;
    if (!dladdr(&prepared, &library) || !library.dli_fname) return;
    const char *slash = strrchr(library.dli_fname, '/');
    size_t length = slash ? (size_t)(slash + 1 - library.dli_fname) : 0;
    if (length < sizeof info.package_dir) memcpy(info.package_dir, library.dli_fname, length);
}

/* Appends the lines of a setting, as far as there is room; how many. */
static uint32_t add_names(const char *lines, uint32_t *used) {
    uint32_t count = 0;
    while (lines && *lines) {
        uint32_t length = (uint32_t)strcspn(lines, "\n");
        if (*used + length + 2 > sizeof info.named) break;
        memcpy(info.named + *used, lines, length);
        *used += length ? length + 1 : 0;
        count += length > 0;
        lines += length + (lines[length] != 0);
    }
    return count;
}

void fil_processinfo_prepare(const struct fil_engine *engine) {
    uint32_t used = 0;
    if (prepared) return;
    prepared = true;
    info.own_count = add_names(engine->setting("OWN"), &used);
    info.program_count = add_names(engine->setting("PROGRAM"), &used);
    snprintf(info.python, sizeof info.python, "%lu.%lu.%lu", Py_Version >> 24,
             Py_Version >> 16 & 255, Py_Version >> 8 & 255);
    if (!getcwd(info.cwd, sizeof info.cwd)) info.cwd[0] = 0;
    find_package();
    const char *no_source = engine->setting("NO_SOURCE"), *most = engine->setting("ARGUMENTS");
    info.no_source = no_source && strcmp(no_source, "1") == 0;
    PyObject *arguments = PySys_GetObject("orig_argv"); /* borrowed */
    Py_ssize_t count = arguments && PyList_Check(arguments) ? PyList_GET_SIZE(arguments) : 0;
    if (most && count > strtol(most, NULL, 10)) count = strtol(most, NULL, 10);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!add_argument(PyList_GET_ITEM(arguments, i))) break;
    }
    all = info;
}

/* The words behind the first `most` go, their text too: the black box is a file. */
static void cut_command(uint32_t most) {
    uint32_t used = 0;
    if (info.argument_count <= most) return;
    for (uint32_t i = 0; i < most; i++) used += (uint32_t)strlen(info.command + used) + 1;
    memset(info.command + used, 0, sizeof info.command - used);
    info.argument_count = most;
    info.command_bytes = used;
}

void fil_processinfo_hide(bool no_source, int most) {
    info = all;
    if (no_source) info.no_source = 1;
    if (most >= 0) cut_command((uint32_t)most);
}

bool fil_processinfo_hides_source(void) {
    return all.no_source;
}

void fil_processinfo_keep(const struct fil_engine *engine) {
    static struct fil_processfacts *kept;
    engine->blackbox_unmap(kept, sizeof info);
    kept = engine->blackbox_grow(FIL_PIECE_PROCESS, 0, NULL, 0, sizeof info);
    if (kept) *kept = info;
}

const struct fil_processfacts *fil_processinfo(void) {
    return &info;
}
