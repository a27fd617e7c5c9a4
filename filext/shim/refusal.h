/* SPDX-License-Identifier: Apache-2.0 */
/* What hooks do about requests that are refused because memory is running out, or that the system
 * has refused (engine/shortage.h). The caller has set the thread's guard. */
#ifndef FIL_REFUSAL_H
#define FIL_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

#include "../engine/livetable.h"

bool fil_refusal_of_large(size_t bytes, bool by_allocator);
/* The system refused the request with this error; errno doesn't change. */
void fil_refusal_by_system(int error, size_t bytes);

/* Whether the hook has to fail at once; then errno is ENOMEM. */
static inline bool fil_refusal_of(size_t bytes) {
    return __builtin_expect(bytes >= FIL_LARGE_BLOCK, 0) && fil_refusal_of_large(bytes, false);
}

/* The same for pages: private ones are asked for by allocators, shared ones by programs. */
static inline bool fil_refusal_of_pages(size_t bytes, bool is_private) {
    return bytes >= FIL_LARGE_BLOCK && fil_refusal_of_large(bytes, is_private);
}

#endif
