/* SPDX-License-Identifier: Apache-2.0 */
/* CPython's frames, versions 3.11 to 3.15: the only place that knows interpreter internals.
 *
 *                  3.11, 3.12                   3.13                   3.14, 3.15
 *   current frame  ts->cframe->current_frame    ts->current_frame      the same
 *   code           f_code                       f_executable           f_executable.bits, no tags
 *   position       prev_instr (before the next) instr_ptr (executing)  the same
 *   C entry frames none / owner CSTACK          owner CSTACK           owner >= INTERPRETER
 *
 * A thread's own frames don't move under it, so all of this may be read without the GIL, for the
 * calling thread. */
#ifndef FIL_FRAMES_H
#define FIL_FRAMES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifdef Py_GIL_DISABLED
#error "free-threaded CPython isn't supported: its frames and bytecode belong to several threads"
#endif
#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x03100000
#error "CPython 3.11 to 3.15 is needed"
#endif

#if PY_VERSION_HEX >= 0x030E0000
#include "internal/pycore_interpframe.h"
#include "internal/pycore_interpframe_structs.h"
#endif
#include "internal/pycore_code.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_object.h"
#include "internal/pycore_pymem.h"
#include "internal/pycore_pystate.h"
#include "internal/pycore_runtime.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct _PyInterpreterFrame fil_frame;

static inline uintptr_t fil_frame_code_address(const fil_frame *frame) {
#if PY_VERSION_HEX >= 0x030E0000
    return frame->f_executable.bits & ~(uintptr_t)3;
#elif PY_VERSION_HEX >= 0x030D0000
    return (uintptr_t)frame->f_executable;
#else
    return (uintptr_t)frame->f_code;
#endif
}

static inline const void *fil_frame_instruction(const fil_frame *frame) {
#if PY_VERSION_HEX >= 0x030D0000
    return frame->instr_ptr;
#else
    return frame->prev_instr;
#endif
}

/* The frame's first local variable, borrowed; NULL before it is set. */
static inline PyObject *fil_frame_first_local(const fil_frame *frame) {
#if PY_VERSION_HEX >= 0x030E0000
    return (PyObject *)(frame->localsplus[0].bits & ~(uintptr_t)3);
#else
    return frame->localsplus[0];
#endif
}

/* The generator or coroutine whose own frame this is. */
static inline PyObject *fil_frame_generator(const fil_frame *frame) {
    return (PyObject *)((uintptr_t)frame - offsetof(PyGenObject, gi_iframe));
}

/* Where the block begins that holds the object: what the collector and the dictionary need lies
 * before it. */
static inline uintptr_t fil_object_block(PyObject *object) {
    return (uintptr_t)object - _PyType_PreHeaderSize(Py_TYPE(object));
}

/* A frame that C code pushed on its way into Python; it has no code of its own. */
static inline bool fil_frame_is_entry(const fil_frame *frame) {
#if PY_VERSION_HEX >= 0x030E0000
    return frame->owner >= FRAME_OWNED_BY_INTERPRETER;
#elif PY_VERSION_HEX >= 0x030C0000
    return frame->owner == FRAME_OWNED_BY_CSTACK;
#else
    (void)frame;
    return false;
#endif
}

/* Before the function's own first instruction. */
static inline bool fil_frame_is_before_start(const fil_frame *frame, PyCodeObject *code) {
    return (const char *)fil_frame_instruction(frame) <
           (const char *)_PyCode_CODE(code) + 2 * code->_co_firsttraceable;
}

/* A frame that is still being set up: what it allocates belongs to its caller. */
static inline bool fil_frame_is_incomplete(const fil_frame *frame, PyCodeObject *code) {
    return frame->owner != FRAME_OWNED_BY_GENERATOR && fil_frame_is_before_start(frame, code);
}

#endif
