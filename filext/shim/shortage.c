/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what a hook does about a request that is refused for a shortage. fil_shortage_refuses_large
 * is its entry before the real call, fil_shortage_failed after it. */
#include "shortage.h"

#include <errno.h>

#include "../engine/oom.h"

bool fil_shortage_refuses_large(size_t bytes, bool by_allocator) {
    int saved = errno;
    bool refuses = fil_oom_refuses(bytes, by_allocator);
    errno = refuses ? ENOMEM : saved;
    return refuses;
}

void fil_shortage_failed(int error, size_t bytes) {
    int saved = errno;
    if (error == ENOMEM) fil_oom_failed(bytes);
    errno = saved;
}
