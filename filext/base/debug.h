/* SPDX-License-Identifier: Apache-2.0 */
/* Debug builds (FIL_DEBUG) check what a module promises of itself: each module that holds state has
 * a <noun>_is_valid, which looks at all of it and wants the engine quiescent, or no other thread to
 * be there. What a thread can see of its own in constant time is checked at the end of each
 * section; the tests' drivers check the rest after each event (tests/engine/c/validity.h). */
#ifndef FIL_DEBUG_H
#define FIL_DEBUG_H

#ifdef FIL_DEBUG
#include <stdio.h>
#include <stdlib.h>

#define FIL_PROMISE(holds)                                                                         \
    do {                                                                                           \
        if (holds) break;                                                                          \
        fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #holds);                        \
        abort();                                                                                   \
    } while (0)
#else
#define FIL_PROMISE(holds) ((void)0)
#endif

#endif
