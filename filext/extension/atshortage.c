/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what is done in this process when memory runs out. fil_atshortage_watch is its main entry.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
/* Python.h first: it sets the feature macros. */
#include "atshortage.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../report/console.h"
#include "profile.h"
#include "recording.h"

static struct {
    char directory[4096];
    struct fil_buffer profile;
} cell;

bool fil_atshortage_is_wanted(void) {
    const char *setting = fil_recording_engine()->setting("OOM");
    return !setting || strcmp(setting, "0") != 0;
}

/* Whether control groups are mounted where they belong. In a sandbox without them nothing can be
 * read, and nothing is missed. */
static bool has_control_groups(void) {
    char entries[512]; /* "." and ".." take 48 bytes of it */
    int fd = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long used = fd >= 0 ? syscall(SYS_getdents64, fd, entries, sizeof entries) : 0;
    if (fd >= 0) close(fd);
    return used > 48;
}

static bool is_worth_a_line(const char *reason) {
    const char *quiet = fil_recording_engine()->setting("QUIET");
    if (quiet && strcmp(quiet, "1") == 0) return false;
    return strcmp(reason, "/sys/fs/cgroup") != 0 || has_control_groups();
}

void fil_atshortage_watch(fil_on_shortage told) {
    static bool said;
    char reason[FIL_LIMIT_TEXT];
    const struct fil_engine *engine = fil_recording_engine();
    if (engine->watch_memory(fil_atshortage_is_wanted() ? told : NULL, reason) || said) return;
    said = true;
    if (!is_worth_a_line(reason)) return;
    bool group = strncmp(reason, "/proc/", 6) != 0;
    fil_console_say(
        "Memory running out %s: can't read %s",
        group ? "isn't noticed in a control group" : "is only noticed by failing requests", reason);
}

struct fil_reason fil_atshortage_reason(const struct fil_shortage *s) {
    struct fil_reason reason = {
        .kind = FIL_REASON_LOW,
        .limit = s->limit,
        .request = (int64_t)s->request,
        .available = s->memory.available,
        .total = s->memory.total,
        .swapped = s->memory.swapped,
        .threshold = s->threshold,
    };
    if (s->failed) {
        bool is_of_machine = strcmp(s->limit, s->memory.limit) == 0;
        reason.kind = is_of_machine ? FIL_REASON_REQUEST_FAILED : FIL_REASON_LIMIT_MET;
    } else if (s->memory.swapped > s->memory.available) {
        reason.kind = FIL_REASON_SWAPPED;
    } else if (s->request) {
        reason.kind = FIL_REASON_ASKED;
    }
    return reason;
}

/* Writes the report into the recording's folder and ends the process: what can't be refused has all
 * but used up memory. */
static void end_process(struct fil_profile *profile) {
    profile->report.durable = true;
    bool written =
        fil_console_report(&profile->report, cell.directory, "out-of-memory", true, NULL);
    fil_console_say(FIL_ENDS);
    if (written)
        fil_recording_engine()->blackbox_reported(true); /* else the next reader finds it */
    _exit(FIL_EXIT_OUT_OF_MEMORY);
}

/* Whether a refused request becomes a MemoryError: those of libraries' own allocators, and of
 * threads without Python, would end the process instead. */
static bool can_be_refused(const struct fil_shortage *shortage) {
    return shortage->request && !shortage->by_allocator && PyGILState_GetThisThreadState();
}

/* What can't be refused may use up half of the threshold. */
static bool on_shortage(const struct fil_shortage *shortage) {
    static struct fil_profile profile;
    bool refused = shortage->failed || can_be_refused(shortage);
    int64_t left = shortage->memory.available - (int64_t)shortage->request;
    if (shortage->absurd || (!refused && left >= shortage->threshold / 2)) return false;
    struct fil_moment_shown shown = {FIL_MOMENT_NOW, shortage->request};
    if (fil_profile_take(&profile, shown, false) != 0) return true;
    profile.report.reason = fil_atshortage_reason(shortage);
    if (!refused) end_process(&profile);
    fil_buffer_clear(&cell.profile);
    if (fil_report_render(&profile.report, FIL_FORMAT_JSON, &cell.profile) != 0)
        fil_buffer_clear(&cell.profile);
    fil_profile_release(&profile);
    return true;
}

void fil_atshortage_watch_cell(const char *directory) {
    fil_console_prepare();
    snprintf(cell.directory, sizeof cell.directory, "%s", directory);
    fil_buffer_clear(&cell.profile);
    fil_atshortage_watch(on_shortage);
}

const struct fil_buffer *fil_atshortage_profile(void) {
    return &cell.profile;
}
