/* SPDX-License-Identifier: Apache-2.0 */
/* What hooks do about requests that are refused because memory is running out, or that the system
 * has refused (engine/oom.h). The caller has set the thread's guard. */
#ifndef FIL_SHORTAGE_H
#define FIL_SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "../engine/livetable.h"

bool fil_shortage_refuses_large(size_t bytes, bool by_allocator);
/* The system refused the request with this error; errno doesn't change. */
void fil_shortage_failed(int error, size_t bytes);

/* Whether the hook has to fail at once; then errno is ENOMEM. */
static inline bool fil_shortage_refuses(size_t bytes) {
    return __builtin_expect(bytes >= FIL_LARGE_BLOCK, 0) &&
           fil_shortage_refuses_large(bytes, false);
}

/* The same for pages: private ones are asked for by allocators, shared ones by programs. */
static inline bool fil_shortage_refuses_pages(size_t bytes, bool is_private) {
    return bytes >= FIL_LARGE_BLOCK && fil_shortage_refuses_large(bytes, is_private);
}

#endif
