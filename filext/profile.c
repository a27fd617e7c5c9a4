/* SPDX-License-Identifier: Apache-2.0 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* Python.h first: it sets the feature macros. */
#include "profile.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/own.h"
#include "platform/os.h"
#include "recording.h"

#define MAX_ARGUMENTS 256
#define COMMAND_BYTES 16384

static struct {
    bool prepared;
    const char *command[MAX_ARGUMENTS];
    int command_count;
    char command_text[COMMAND_BYTES];
    char python[32], package_dir[4096], cwd[4096];
} process;

/* Copies an argument as UTF-8 into the fixed room; false when it is full. */
static bool add_argument(PyObject *argument, size_t *used) {
    PyObject *utf8 = PyUnicode_AsEncodedString(argument, "utf-8", "backslashreplace");
    if (!utf8) {
        PyErr_Clear();
        return false;
    }
    size_t length = (size_t)PyBytes_GET_SIZE(utf8);
    bool fits = process.command_count < MAX_ARGUMENTS && *used + length + 1 <= COMMAND_BYTES &&
                !memchr(PyBytes_AS_STRING(utf8), 0, length);
    if (fits) {
        process.command[process.command_count++] = memcpy(process.command_text + *used, PyBytes_AS_STRING(utf8), length + 1);
        *used += length + 1;
    }
    Py_DECREF(utf8);
    return fits;
}

/* The folder of this very library, with a slash at the end. */
static void find_package(void) {
    Dl_info info;
    if (!dladdr(&process, &info) || !info.dli_fname) return;
    const char *slash = strrchr(info.dli_fname, '/');
    size_t length = slash ? (size_t)(slash + 1 - info.dli_fname) : 0;
    if (length < sizeof process.package_dir) memcpy(process.package_dir, info.dli_fname, length);
}

void fil_profile_prepare(void) {
    if (process.prepared) return;
    process.prepared = true;
    snprintf(process.python, sizeof process.python, "%lu.%lu.%lu", Py_Version >> 24, Py_Version >> 16 & 255,
             Py_Version >> 8 & 255);
    if (!getcwd(process.cwd, sizeof process.cwd)) process.cwd[0] = 0;
    find_package();
    PyObject *arguments = PySys_GetObject("orig_argv"); /* borrowed */
    size_t used = 0;
    for (Py_ssize_t i = 0; arguments && PyList_Check(arguments) && i < PyList_GET_SIZE(arguments); i++) {
        if (!add_argument(PyList_GET_ITEM(arguments, i), &used)) break;
    }
}

int fil_profile_take(struct fil_profile *profile, struct fil_moment_shown shown, bool stop) {
    int error = fil_recording_snapshot(&profile->snapshot, shown, stop);
    if (error) return error;
    profile->snapshot.resident.profiler += (int64_t)fil_own_resident_bytes(); /* the extension's copy of the door */
    profile->report = (struct fil_report){
        .snapshot = &profile->snapshot,
        .kind = shown.moment == FIL_MOMENT_NOW ? FIL_REPORT_OUT_OF_MEMORY : FIL_REPORT_PEAK,
        .requested = (int64_t)shown.request,
        .command = process.command,
        .command_count = process.command_count,
        .python = process.python,
        .pid = fil_os_process_id(),
        .package_dir = process.package_dir,
        .cwd = process.cwd,
    };
    fil_report_read_sources(&profile->report);
    return 0;
}

void fil_profile_release(struct fil_profile *profile) {
    fil_report_free(&profile->report);
    fil_recording_release(&profile->snapshot);
}
