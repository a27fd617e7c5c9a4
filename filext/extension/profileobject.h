/* SPDX-License-Identifier: Apache-2.0 */
/* The Python type _filext.Profile: a kept profile (report/kept.h), immutable. No logic: convert,
 * one call, convert. */
#ifndef FIL_PROFILEOBJECT_H
#define FIL_PROFILEOBJECT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../../report/kept.h"

/* Makes the type ready. False with an exception. */
bool fil_profileobject_prepare(PyObject *module);
/* A new object that owns `kept`; MemoryError where that is NULL. */
PyObject *fil_profileobject_new(struct fil_kept *kept);
/* The profile of an object, as seen at the moment at which the object sees it, or NULL with a
 * TypeError. */
const struct fil_digest *fil_profileobject_digest(PyObject *object);
/* What was written, or MemoryError; the buffer is cleared. */
PyObject *fil_profileobject_bytes(int error, struct fil_buffer *buffer);
/* The format of this name; else false, with a ValueError. */
bool fil_profileobject_format(const char *name, enum fil_format *format);

#endif
