/* SPDX-License-Identifier: Apache-2.0 */
/* The calling thread's state in the interpreter, and the frame that it has on top. Read without the
 * GIL, too, for malloc's blocks. */
#ifndef FIL_STATES_H
#define FIL_STATES_H

#include "frames.h"

#include <pthread.h>

/* The thread state of a thread that may be without the GIL. While Python ends it frees the states
 * and frames of all threads but the one that ends it; a daemon thread that is in C code then still
 * has the pointer. */
static inline PyThreadState *fil_valid_state(PyThreadState *state) {
    const PyThreadState *ending = _PyRuntimeState_GetFinalizing(&_PyRuntime);
    return __builtin_expect(!ending || ending == state, 1) ? state : NULL;
}

/* As PyGILState_GetThisThreadState, which takes two calls more for each block of C's. */
static inline PyThreadState *fil_noted_state(void) {
#if PY_VERSION_HEX >= 0x030E0000
    return PyGILState_GetThisThreadState();
#else
#if PY_VERSION_HEX >= 0x030C0000
    const Py_tss_t *key = &_PyRuntime.autoTSSkey;
#else
    const Py_tss_t *key = &_PyRuntime.gilstate.autoTSSkey;
#endif
    return key->_is_initialized ? pthread_getspecific(key->_key) : NULL;
#endif
}

/* The calling thread's state, or NULL. `is_attached`: it is attached for certain, because the
 * caller is one of Python's own allocators. */
static inline PyThreadState *fil_thread_state(bool is_attached) {
#if PY_VERSION_HEX >= 0x030C0000
    (void)is_attached;
    PyThreadState *attached = _PyThreadState_GetCurrent();
    return attached ? attached
                    : fil_valid_state(fil_noted_state()); /* detached: C code without the GIL */
#else
    return is_attached ? _PyThreadState_GET() : fil_valid_state(fil_noted_state());
#endif
}

/* Of a thread that is attached, whose state is whole. */
static inline fil_frame *fil_attached_frame(PyThreadState *state) {
#if PY_VERSION_HEX >= 0x030D0000
    return state->current_frame;
#else
    return state->cframe->current_frame;
#endif
}

static inline fil_frame *fil_current_frame(PyThreadState *state) {
#if PY_VERSION_HEX >= 0x030D0000
    return state->current_frame;
#else
    return state->cframe ? state->cframe->current_frame : NULL;
#endif
}

#endif
