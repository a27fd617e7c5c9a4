/* SPDX-License-Identifier: Apache-2.0 */
/* What the C tests check with: the first thing that isn't so ends the test and is named. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (condition) break;                                                                      \
        fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                    \
        exit(1);                                                                                   \
    } while (0)

#endif
