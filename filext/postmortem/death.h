/* SPDX-License-Identifier: Apache-2.0 */
/* How a process that isn't our child ends. */
#ifndef FIL_DEATH_H
#define FIL_DEATH_H

#include <stdbool.h>
#include <stddef.h>

#include "../engine/blackbox.h"
#include "dying.h"

enum fil_end { FIL_END_UNKNOWN, FIL_END_EXIT, FIL_END_SIGNAL, FIL_END_EXEC };

struct fil_death {
    enum fil_end end;
    int number;     /* exit code, or signal */
    char name[16];  /* of the program that it became, "" when unknown */
    double seconds; /* how long it was recorded until then; 0: unknown */
};

/* Waits for its end. `head`: of its black box, mapped. */
struct fil_death fil_death_wait(const struct fil_dying *dying, struct fil_blackbox_head *head);
/* "SIGKILL: the program was killed by signal 9" */
void fil_death_describe(struct fil_death death, char *text, size_t size);

#endif
