/* SPDX-License-Identifier: Apache-2.0 */
/* What a report says about its process, as plain data of fixed size: a piece of the black box.
 * Strings are NUL-terminated UTF-8.
 */
#ifndef FIL_PROCESSINFO_H
#define FIL_PROCESSINFO_H

#include <stdint.h>
#include <string.h>

#include "../report/report.h"
#include "fil_engine.h"

#define FIL_PROCESSINFO_ARGUMENTS 256
#define FIL_PROCESSINFO_NAMES 128

struct fil_processinfo {
    char python[32];        /* version */
    char package_dir[4096]; /* as in fil_report */
    char cwd[4096];
    uint32_t argument_count, command_bytes;
    uint32_t no_source;  /* 1: no report has anything of the program's source */
    char command[16384]; /* the arguments, one behind the other */
    uint32_t own_count, program_count;
    char named[8192]; /* what is own code, then what the program is, one behind the other */
};

/* Reads it, once per process, with the GIL. The package's folder is where this extension lies. Of
 * the command line it takes as many words as the setting ARGUMENTS says. */
void fil_processinfo_prepare(const struct fil_engine *engine);
const struct fil_processinfo *fil_processinfo(void);
/* Puts it into the black box, if there is one. Between two recordings. */
void fil_processinfo_keep(const struct fil_engine *engine);

/* Lets `command`, of FIL_PROCESSINFO_ARGUMENTS, point to the arguments; how many there are. */
static inline int fil_processinfo_command(const struct fil_processinfo *info,
                                          const char **command) {
    uint32_t count = 0, at = 0;
    for (; count < info->argument_count && at < info->command_bytes;
         at += (uint32_t)strlen(info->command + at) + 1)
        command[count++] = info->command + at;
    return (int)count;
}

/* Lets `names`, of FIL_PROCESSINFO_NAMES, point to what is own code, and behind that to what the
 * program is. `info` may be damaged. */
static inline void fil_processinfo_names(const struct fil_processinfo *info, const char **names,
                                         struct fil_named *own, struct fil_named *program) {
    uint32_t count = 0, at = 0;
    while (count < FIL_PROCESSINFO_NAMES && at < sizeof info->named && info->named[at]) {
        names[count++] = info->named + at;
        at += (uint32_t)strlen(info->named + at) + 1;
    }
    uint32_t owned = info->own_count < count ? info->own_count : count, left = count - owned;
    *own = (struct fil_named){names, owned};
    *program =
        (struct fil_named){names + owned, info->program_count < left ? info->program_count : left};
}

#endif
