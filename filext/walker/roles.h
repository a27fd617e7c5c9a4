/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that mean more to the walker than a name: those that do work which another stack gave
 * (engine/givenwork.h), and those of the import system.
 *
 * Executors of concurrent.futures run a `_WorkItem`, which `submit` made: so do Dask,
 * asyncio.to_thread and run_in_executor. joblib's threads run a `BatchedCalls`, and at its end a
 * `BatchCompletionCallBack`, which gives the next. An event loop's `Handle` runs a task, whose
 * outermost coroutine the giver made. All of these are objects that nothing but an allocation
 * makes; a tuple, as multiprocessing.pool.ThreadPool's tasks are, may come from CPython's free
 * list, where whose it was says nothing.
 *
 * An import runs eight functions of `<frozen importlib…>`, one below the other, before the module's
 * own code, and what reports show of them is one import. So they share one node, that of the
 * outermost: a third of the nodes of a program that imports much were theirs. */
#ifndef FIL_ROLES_H
#define FIL_ROLES_H

#include "frames.h"

enum fil_role {
    FIL_ROLE_NONE,
    FIL_ROLE_WORK,      /* a method of the object that stands for the work */
    FIL_ROLE_CALLBACK,  /* calls what an event loop is to do next */
    FIL_ROLE_COROUTINE, /* `async def` */
    FIL_ROLE_IMPORT,    /* Python's import system */
};

/* Reads the living code object; no GIL. */
enum fil_role fil_role_of(const PyCodeObject *code);

#endif
