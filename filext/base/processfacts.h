/* SPDX-License-Identifier: Apache-2.0 */
/* What a report says about its process, as plain data of fixed size: a piece of the black box.
 * Strings are NUL-terminated UTF-8.
 */
#ifndef FIL_PROCESSFACTS_H
#define FIL_PROCESSFACTS_H

#include <stdint.h>
#include <string.h>

/* Files and folders, with a slash in them, and packages: "/home/me/job/src", "mypkg". */
struct fil_named {
    const char *const *names;
    uint32_t count;
};

#define FIL_PROCESSFACTS_ARGUMENTS 256
#define FIL_PROCESSFACTS_NAMES 128

struct fil_processfacts {
    char python[32];        /* version */
    char package_dir[4096]; /* as in fil_report */
    char cwd[4096];
    uint32_t argument_count, command_bytes;
    uint32_t no_source;  /* 1: no report has anything of the program's source */
    char command[16384]; /* the arguments, one behind the other */
    uint32_t own_count, program_count;
    char named[8192]; /* what is own code, then what the program is, one behind the other */
};

/* Lets `command`, of FIL_PROCESSFACTS_ARGUMENTS, point to the arguments; how many there are. */
static inline int fil_processfacts_command(const struct fil_processfacts *info,
                                           const char **command) {
    uint32_t count = 0, at = 0;
    for (; count < info->argument_count && at < info->command_bytes;
         at += (uint32_t)strlen(info->command + at) + 1)
        command[count++] = info->command + at;
    return (int)count;
}

/* Lets `names`, of FIL_PROCESSFACTS_NAMES, point to what is own code, and behind that to what the
 * program is. `info` may be damaged. */
static inline void fil_processfacts_names(const struct fil_processfacts *info, const char **names,
                                          struct fil_named *own, struct fil_named *program) {
    uint32_t count = 0, at = 0;
    while (count < FIL_PROCESSFACTS_NAMES && at < sizeof info->named && info->named[at]) {
        names[count++] = info->named + at;
        at += (uint32_t)strlen(info->named + at) + 1;
    }
    uint32_t owned = info->own_count < count ? info->own_count : count, left = count - owned;
    *own = (struct fil_named){names, owned};
    *program =
        (struct fil_named){names + owned, info->program_count < left ? info->program_count : left};
}

#endif
