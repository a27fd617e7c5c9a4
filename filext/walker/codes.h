/* SPDX-License-Identifier: Apache-2.0 */
/* The code registry: code objects => functions (functions.h).
 *
 * A code object is known by a serial number, not by its address, which CPython reuses all the time.
 * When it is destroyed its address is forgotten and the generation goes up: a walker that remembers
 * addresses forgets them too.
 *
 * Lock: lookups take none; first sight and destruction take the registry's. First sight needs a
 * frame that holds the code object; no GIL. */
#ifndef FIL_CODES_H
#define FIL_CODES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../fil_engine.h"
#include "roles.h"

extern _Atomic uint32_t fil_codes_generation __attribute__((visibility("hidden")));
/* How often everything was forgotten: the numbers of functions begin again then. */
extern _Atomic uint32_t fil_codes_recording __attribute__((visibility("hidden")));

struct fil_code {
    uint32_t function; /* which code objects of the same names share; 0: there was no memory */
    uint32_t serial;   /* which no other code object of the process ever has */
    enum fil_role role;
};
/* The code object at `address`, which a frame of the calling thread holds. */
struct fil_code fil_codes_find(uintptr_t address);
/* Once per process, before anything else here. */
void fil_codes_prepare(const struct fil_engine *engine);
/* Watches (or no longer watches) the destruction of code objects. With the GIL. */
void fil_codes_watch(bool on);
/* Forgets all. Only while the engine is quiescent. */
void fil_codes_clear(void);
/* A copy of all functions so far, [0] being {"", "", 0}, in own memory: the caller gives it back
 * with fil_own_unmap (count * sizeof). Their names are valid until fil_codes_clear. 0,
 * FIL_SNAPSHOT_NO_MEMORY, or FIL_SNAPSHOT_BUSY: called by a signal handler that interrupted a
 * thread in here. */
int fil_codes_copy(struct fil_function **copy, uint32_t *count);
void fil_codes_after_fork(void);

#endif
