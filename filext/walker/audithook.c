/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way back out of CPython's list of audit hooks, which has none of its own.
 * fil_audithook_remove is its entry. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* Python.h first: it sets the feature macros. */
#include "audithook.h"

#if PY_VERSION_HEX >= 0x030E0000
#include "internal/pycore_audit.h"
#endif
#include "internal/pycore_runtime.h"

/* 3.12 moved the list into a struct with a lock for adding to it. */
#if PY_VERSION_HEX >= 0x030C0000
#define FIRST_HOOK _PyRuntime.audit_hooks.head
#else
#define FIRST_HOOK _PyRuntime.audit_hook_head
#endif

/* CPython has no call for this, and frees what is left at its end with the allocator of that time,
 * which isn't the one the hook was added with when PYTHONMALLOC=debug or -X dev were read in
 * between. The entry (24 bytes) stays allocated: Python may be at it. */
void fil_audithook_remove(int (*hook)(const char *, void *, void *)) {
    for (_Py_AuditHookEntry **link = &FIRST_HOOK; *link; link = &(*link)->next) {
        if ((*link)->hookCFunction != (Py_AuditHookFunction)(void *)hook) continue;
        *link = (*link)->next;
        return;
    }
}
