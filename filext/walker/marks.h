/* SPDX-License-Identifier: Apache-2.0 */
/* Marks: a frame that is marked was seen by this thread's walker and has been on the stack ever
 * since, so that nothing below it can have moved. A mark must be gone when another frame is pushed
 * at the address, or a generator goes on under another caller, and mean nothing to CPython.
 *
 * 3.11 to 3.13, a frame that executes C code: its stacktop is -1 (no value; the pointer lives in
 * the interpreter's register). -2 means the same to CPython, which asks for >= 0, > 0 or != 0.
 * Calling Python code, returning and yielding write it again, and so does going on.
 *
 * 3.11 and 3.12, a frame that waits for a function that it called without C code between: the mark
 * lies in the first free entry of its operand stack, localsplus[stacktop]. The call took its
 * operands from there, so it wrote that entry itself just before; the result goes there; it isn't
 * read between. So a frame that is found waiting with the mark has been waiting in the same call
 * all the time.
 *
 * 3.13 on, a thread's own frame of a function: `f_locals`. Pushing sets it to NULL; since PEP 667
 * only a module's or class's is read, but for __import__'s `locals`, where NULL becomes None. So
 * the mark is None itself, which is immortal. A generator's would outlive its sleep. */
#ifndef FIL_MARKS_H
#define FIL_MARKS_H

#include "frames.h"

#define FIL_MARKED_STACKTOP (-2)

/* Whether the frame is marked in its stacktop; marks it there where that can be. */
static inline bool fil_frame_has_marked_stacktop(const fil_frame *frame) {
#if PY_VERSION_HEX >= 0x030E0000
    (void)frame;
    return false;
#else
    return frame->stacktop == FIL_MARKED_STACKTOP;
#endif
}

static inline bool fil_frame_mark_stacktop(fil_frame *frame) {
#if PY_VERSION_HEX >= 0x030E0000
    (void)frame;
    return false;
#else
    if (frame->stacktop >= 0) return false;
    frame->stacktop = FIL_MARKED_STACKTOP;
    return true;
#endif
}

#if PY_VERSION_HEX >= 0x030D0000

/* `callee`: the frame that `frame` called, or NULL for the current one. */
static inline bool fil_frame_is_marked(const fil_frame *frame, const fil_frame *callee) {
    (void)callee;
    return (frame->f_locals == Py_None && frame->owner == FRAME_OWNED_BY_THREAD) ||
           fil_frame_has_marked_stacktop(frame);
}

static inline void fil_frame_mark(fil_frame *frame, const fil_frame *callee) {
    (void)callee;
    const PyCodeObject *code = (const PyCodeObject *)fil_frame_code_address(frame);
    int function = CO_OPTIMIZED | CO_NEWLOCALS;
    if (fil_frame_is_entry(frame)) return;
    bool is_own = frame->owner == FRAME_OWNED_BY_THREAD && (code->co_flags & function) == function;
    if (is_own && !frame->f_locals) frame->f_locals = Py_None;
    else if (!is_own) fil_frame_mark_stacktop(frame);
}

#else

#define FIL_MARKED_OPERAND ((PyObject *)1) /* no object's address */

/* Whether the frame waits in a call that took operands. Where C code lies between, as when a
 * generator ends and something is finalized, the callee is an entry of its own; a generator that is
 * resumed takes none. Nor does 3.12's call of a property that is to be called itself: it leaves
 * NULL on top of the operands. */
static inline bool fil_frame_waits_in_call(const fil_frame *frame, const fil_frame *callee) {
    if (!callee || callee->owner != FRAME_OWNED_BY_THREAD || fil_frame_is_entry(frame))
        return false;
#if PY_VERSION_HEX >= 0x030C0000
    if (frame->stacktop <= frame->f_code->co_nlocalsplus)
        return frame->stacktop == frame->f_code->co_nlocalsplus;
    return frame->localsplus[frame->stacktop - 1] != NULL;
#else
    return frame->stacktop >= 0 && !callee->is_entry;
#endif
}

static inline bool fil_frame_is_marked(const fil_frame *frame, const fil_frame *callee) {
    if (frame->stacktop < 0) return frame->stacktop == FIL_MARKED_STACKTOP;
    return fil_frame_waits_in_call(frame, callee) &&
           frame->localsplus[frame->stacktop] == FIL_MARKED_OPERAND;
}

static inline void fil_frame_mark(fil_frame *frame, const fil_frame *callee) {
    if (!fil_frame_mark_stacktop(frame) && fil_frame_waits_in_call(frame, callee))
        frame->localsplus[frame->stacktop] = FIL_MARKED_OPERAND;
}

#endif

#endif
