/* SPDX-License-Identifier: Apache-2.0 */
/* Python's door to the renderer of text (report/columns.h, report/texts.h): no logic here. A
 * look is a tuple (form, width, links, here): "text", "colours" or "markdown", the terminal's
 * columns or 0, and the folder that paths are told from, or "". */
#ifndef FIL_TEXTOBJECT_H
#define FIL_TEXTOBJECT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../../report/digest.h"

/* The module's functions look, columns, short, link and styled; ended by a NULL. */
extern PyMethodDef fil_textobject_methods[];

/* Profile.text(part, look, has_command), */
PyObject *fil_textobject_text(const struct fil_digest *digest, PyObject *arguments);
/* Profile.table(by, rows, look), */
PyObject *fil_textobject_table(const struct fil_digest *digest, PyObject *arguments);
/* and Profile.first(). */
PyObject *fil_textobject_first(const struct fil_digest *digest);

#endif
