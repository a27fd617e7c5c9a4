/* SPDX-License-Identifier: Apache-2.0 */
/* Owns our settings, taken out of the environment, and the values that only getenv answers.
 * fil_environment_take_settings is its main entry, called by the constructor. */
#include "environment.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "../base/own.h"

extern char **environ;

#define MAX_SETTINGS 24
/* Each library's own jemalloc gives freed pages back at once: what it keeps for later would count
 * as the program's, and differs from run to run. */
#define JEMALLOC_KEEPS_NOTHING "dirty_decay_ms:0,muzzy_decay_ms:0,retain:false"
static const char *settings[MAX_SETTINGS]; /* "MODE=run" */
static bool loaded, whole_program;

static const struct {
    const char *name;
    char *value;
    bool only_when_unset; /* else only under `run`, whatever the user has set */
} answers[] = {
    {"ARROW_DEFAULT_MEMORY_POOL", "system", true},       /* mimalloc reserves a gigabyte at once */
    {"_RJEM_MALLOC_CONF", JEMALLOC_KEEPS_NOTHING, true}, /* Rust's, as in Polars */
    {"JE_ARROW_MALLOC_CONF", JEMALLOC_KEEPS_NOTHING, true},
    {"DUCKDB_JE_MALLOC_CONF", JEMALLOC_KEEPS_NOTHING, true},
    {"OMP_NUM_THREADS", "1", false}, /* a pool's memory would count for the line that made the pool,
                                        not for the ones that use it */
    {"OPENBLAS_NUM_THREADS", "1", false},
    {"MKL_NUM_THREADS", "1", false},
    {"BLIS_NUM_THREADS", "1", false},
    {"VECLIB_MAXIMUM_THREADS", "1", false},
    {"BLOSC_NTHREADS", "1", false},
    {"NUMEXPR_NUM_THREADS", "1", false},
};

/* Polars sets its jemalloc's variable itself before it loads it, and appends what the user has set.
 * Its own text alone isn't the user's: ours, with the rest of it, takes its place. NULL for any
 * other text. */
static char *in_place_of_polars_own(const char *text) {
    static const char *const decays[] = {"dirty_decay_ms:", ",muzzy_decay_ms:"};
    static const char huge_pages[] = ",thp:always,metadata_thp:always";
    for (int i = 0; i < 2; i++) {
        if (strncmp(text, decays[i], strlen(decays[i])) != 0) return NULL;
        text += strlen(decays[i]);
        text += strspn(text, "-0123456789");
    }
    if (!*text) return JEMALLOC_KEEPS_NOTHING;
    return strcmp(text, huge_pages) == 0 ? JEMALLOC_KEEPS_NOTHING ",thp:always,metadata_thp:always"
                                         : NULL;
}

const char *fil_environment_setting(const char *name) {
    size_t length = strlen(name);
    for (int i = 0; i < MAX_SETTINGS && settings[i]; i++) {
        if (strncmp(settings[i], name, length) == 0 && settings[i][length] == '=')
            return settings[i] + length + 1;
    }
    return NULL;
}

/* Wipes what isn't the program's off the block in which the system keeps a process's first
 * environment, and which /proc/self/environ shows: it lies above the main thread's stack, and the
 * program's path behind it. The launcher appends our entries, so that zeros at the block's end are
 * left. */
static void wipe(char *entry) {
    uintptr_t at = (uintptr_t)entry;
    if (at > (uintptr_t)__builtin_frame_address(0) && at < getauxval(AT_EXECFN))
        memset(entry, 0, strlen(entry));
}

/* Moves the settings out, into memory of ours (without any they stay where they are); the other
 * entries keep their order. */
static void move_settings_out(void) {
    int count = 0;
    size_t bytes = 0;
    char **kept = environ;
    for (char **entry = environ; *entry; entry++) {
        if (strncmp(*entry, "_FIL_", 5) != 0) *kept++ = *entry;
        else if (count < MAX_SETTINGS) bytes += strlen(settings[count++] = *entry + 5) + 1;
    }
    *kept = NULL;
    char *copy = bytes ? fil_own_map(bytes) : NULL;
    for (int i = 0; copy && i < count; i++) {
        char *first = (char *)settings[i] - 5;
        settings[i] = strcpy(copy, first + 5);
        copy += strlen(copy) + 1;
        wipe(first);
    }
}

static void restore_preload(void) {
    /* The setting's text is "LD_PRELOAD=…": exactly the entry it was. */
    const char *own = fil_environment_setting("LD_PRELOAD");
    char **kept = environ;
    for (char **entry = environ; *entry; entry++) {
        if (strncmp(*entry, "LD_PRELOAD=", 11) != 0) *kept++ = *entry;
        else if (own) *kept++ = (char *)own - 11;
        else wipe(*entry);
    }
    *kept = NULL;
}

void fil_environment_take_settings(void) {
    if (!environ) return;
    move_settings_out();
    const char *mode = fil_environment_setting("MODE");
    if (!mode) return;
    restore_preload();
    loaded = true;
    whole_program = strcmp(mode, "run") == 0;
    const char *shim_fd = fil_environment_setting("SHIM_FD");
    if (shim_fd) {
        int fd = 0;
        while (*shim_fd >= '0' && *shim_fd <= '9') fd = fd * 10 + (*shim_fd++ - '0');
        close(fd);
    }
}

/* Python prints a warning of the locale once: the launcher, the same Python in the same locale, has
 * just printed it. */
static bool was_warned(const char *name, const char *real) {
    return real && strcmp(name, "PYTHONCOERCECLOCALE") == 0 && strcmp(real, "warn") == 0;
}

char *fil_environment_answer(const char *name, char *real) {
    if (!loaded) return real;
    if (was_warned(name, real)) return NULL;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (strcmp(name, answers[i].name) != 0) continue;
        if (answers[i].only_when_unset ? real == NULL : whole_program) return answers[i].value;
        char *instead =
            strcmp(name, "_RJEM_MALLOC_CONF") == 0 ? in_place_of_polars_own(real) : NULL;
        if (instead) return instead;
    }
    return real;
}
