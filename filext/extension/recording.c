/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the joining of engine, walker and Python's allocators into one recording.
 * fil_recording_start is its main entry. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* Python.h first: it sets the feature macros. */
#include "recording.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>

#include "../base/own.h"
#include "../walker/codes.h"
#include "../walker/hooks.h"
#include "../walker/newthreadname.h"
#include "../walker/walk.h"
#include "processinfo.h"

_Static_assert(sizeof(struct fil_python_allocator) == sizeof(PyMemAllocatorEx),
               "the shim knows PyMemAllocatorEx");

/* One per domain: the allocator as it was, to which the hook passes on, and the hook. RAW goes to
 * malloc, which is interposed. */
static struct domain {
    PyMemAllocatorDomain domain;
    bool installed; /* ours is in the chain: at its top, or under another tool's */
    PyMemAllocatorEx inner, hook;
} domains[] = {{.domain = PYMEM_DOMAIN_MEM}, {.domain = PYMEM_DOMAIN_OBJ}};
#define DOMAINS (sizeof domains / sizeof *domains)

const struct fil_engine *fil_recording_engine(void) {
    static const struct fil_engine *engine;
    if (!engine) engine = dlsym(RTLD_DEFAULT, FIL_ENGINE_SYMBOL);
    return engine;
}

/* Another tool (tracemalloc) that put its hooks on top of ours may have put back what was there
 * before us: then ours are gone. Whether they are still in the chain a trial allocation tells,
 * which comes through the inner allocator if they are. */
static PyMemAllocatorEx passed_on;
static bool came_through;

static void *trial_malloc(void *context, size_t bytes) {
    came_through = true;
    return passed_on.malloc(context, bytes);
}

static bool still_in_chain(struct domain *d) {
    passed_on = d->inner;
    came_through = false;
    d->inner.malloc = trial_malloc;
    void *block = d->domain == PYMEM_DOMAIN_MEM ? PyMem_Malloc(1) : PyObject_Malloc(1);
    d->inner.malloc = passed_on.malloc;
    if (d->domain == PYMEM_DOMAIN_MEM) PyMem_Free(block);
    else PyObject_Free(block);
    return came_through;
}

static void install_hooks(void) {
    bool is_pymalloc = fil_walk_has_pymalloc();
    for (size_t i = 0; i < DOMAINS; i++) {
        struct domain *d = &domains[i];
        if (d->installed && still_in_chain(d)) continue;
        PyMem_GetAllocator(d->domain, &d->inner);
        fil_hooks_wrap((struct fil_python_allocator *)&d->inner,
                       (struct fil_python_allocator *)&d->hook, is_pymalloc);
        PyMem_SetAllocator(d->domain, &d->hook);
        d->installed = true;
    }
}

/* Takes the hooks out again, unless another tool (tracemalloc) put its own on top: then they stay
 * and pass everything on. */
static void remove_hooks(void) {
    for (size_t i = 0; i < DOMAINS; i++) {
        struct domain *d = &domains[i];
        PyMemAllocatorEx now;
        PyMem_GetAllocator(d->domain, &now);
        if (!d->installed || now.malloc != d->hook.malloc || now.ctx != d->hook.ctx) continue;
        PyMem_SetAllocator(d->domain, &d->inner);
        d->installed = false;
    }
}

static struct fil_walker walker = {.stack = fil_walk_stack,
                                   .refresh = fil_walk_refresh,
                                   .new_thread_name = fil_newthreadname_read};

/* Finds the library, or the program, that the interpreter's code is in. */
static int find_interpreter(struct dl_phdr_info *library, size_t size, void *unused) {
    (void)size, (void)unused;
    uintptr_t code = (uintptr_t)PyEval_SaveThread;
    for (int i = 0; i < library->dlpi_phnum; i++) {
        uintptr_t start = library->dlpi_addr + library->dlpi_phdr[i].p_vaddr,
                  end = start + library->dlpi_phdr[i].p_memsz;
        if (library->dlpi_phdr[i].p_type != PT_LOAD || code < start || code >= end) continue;
        walker.interpreter_start = start;
        walker.interpreter_end = end;
        return 1;
    }
    return 0;
}

/* While the engine is quiescent, the black box open. */
static void clear(void) {
    fil_codes_clear();
    fil_processinfo_keep(fil_recording_engine());
}

bool fil_recording_start(void) {
    const struct fil_engine *engine = fil_recording_engine();
    static bool prepared;
    if (!prepared) {
        fil_walk_prepare(engine);
        fil_hooks_prepare(engine);
        fil_newthreadname_prepare();
        dl_iterate_phdr(find_interpreter, NULL);
        walker.interpreter_reserves = fil_walk_has_mimalloc();
        pthread_atfork(NULL, NULL, fil_codes_after_fork);
        prepared = true;
    }
    fil_processinfo_prepare(engine);
    if (!engine->start(&walker, clear)) return false;
    fil_codes_watch(true);
    install_hooks();
    return true;
}

int fil_recording_snapshot(struct fil_snapshot *out, struct fil_moment_shown shown, bool stop) {
    const struct fil_engine *engine = fil_recording_engine();
    int error = engine->snapshot(out, shown, stop);
    if (error) return error;
    if (stop) {
        remove_hooks();
        fil_codes_watch(false);
    }
    error = fil_codes_copy(&out->functions, &out->function_count);
    if (error) engine->release(out);
    return error;
}

void fil_recording_release(struct fil_snapshot *snapshot) {
    fil_own_unmap(snapshot->functions, snapshot->function_count * sizeof *snapshot->functions);
    fil_recording_engine()->release(snapshot);
}
