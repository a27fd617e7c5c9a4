/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a report says about its process (base/processfacts.h) from the interpreter. */
#ifndef FIL_PROCESSINFO_H
#define FIL_PROCESSINFO_H

#include <stdbool.h>

#include "../base/processfacts.h"
#include "../fil_engine.h"

/* Reads it, once per process, with the GIL. The package's folder is where this extension lies. Of
 * the command line it takes as many words as the setting ARGUMENTS says. */
void fil_processinfo_prepare(const struct fil_engine *engine);
/* Between two recordings, prepared: what the settings let be known belongs to the next recording,
 * but for the program's source, with `no_source`, and for what follows the first `most` words of
 * the command line; -1: for none. */
void fil_processinfo_hide(bool no_source, int most);
/* Whether the settings keep the program's source out of all reports. Prepared. */
bool fil_processinfo_hides_source(void);
const struct fil_processfacts *fil_processinfo(void);
/* Puts it into the black box, if there is one. Between two recordings. */
void fil_processinfo_keep(const struct fil_engine *engine);

#endif
