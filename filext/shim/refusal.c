/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what a hook does about a request that is refused for a shortage. fil_refusal_of_large
 * is its entry before the real call, fil_refusal_by_system after it. */
#include "refusal.h"

#include <errno.h>

#include "../engine/shortage.h"

bool fil_refusal_of_large(size_t bytes, bool by_allocator) {
    int saved = errno;
    bool refuses = fil_shortage_refuses(bytes, by_allocator);
    errno = refuses ? ENOMEM : saved;
    return refuses;
}

void fil_refusal_by_system(int error, size_t bytes) {
    int saved = errno;
    if (error == ENOMEM) fil_shortage_failed(bytes);
    errno = saved;
}
