/* SPDX-License-Identifier: Apache-2.0 */
/* What a report says about its process, as plain data of fixed size: a piece of the black box. Strings are NUL-terminated UTF-8.
 */
#ifndef FIL_PROCESSINFO_H
#define FIL_PROCESSINFO_H

#include <stdint.h>
#include <string.h>

#include "fil_engine.h"

#define FIL_PROCESSINFO_ARGUMENTS 256

struct fil_processinfo {
    char python[32];        /* version */
    char package_dir[4096]; /* as in fil_report */
    char cwd[4096];
    uint32_t argument_count, command_bytes;
    uint32_t no_source;  /* 1: no report has anything of the program's source */
    char command[16384]; /* the arguments, one behind the other */
};

/* Reads it, once per process, with the GIL. The package's folder is where this extension lies. Of the
 * command line it takes as many words as the setting ARGUMENTS says. */
void fil_processinfo_prepare(void);
const struct fil_processinfo *fil_processinfo(void);
/* Puts it into the black box, if there is one. Between two recordings. */
void fil_processinfo_keep(const struct fil_engine *engine);

/* Lets `command`, of FIL_PROCESSINFO_ARGUMENTS, point to the arguments; how many there are. */
static inline int fil_processinfo_command(const struct fil_processinfo *info, const char **command) {
    uint32_t count = 0, at = 0;
    for (; count < info->argument_count && at < info->command_bytes; at += (uint32_t)strlen(info->command + at) + 1)
        command[count++] = info->command + at;
    return (int)count;
}

#endif
