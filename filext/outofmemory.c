/* SPDX-License-Identifier: Apache-2.0 */
#include "outofmemory.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/own.h"
#include "profile.h"
#include "recording.h"

#define RESERVE_BYTES ((size_t)24 << 20) /* of address space; no memory until it is used */

static void *reserve;

static struct {
    char directory[4096];
    struct fil_buffer profile;
} cell;

bool fil_outofmemory_watch(fil_on_shortage told, char reason[FIL_LIMIT_TEXT]) {
    const struct fil_engine *engine = fil_recording_engine();
    const char *setting = engine->setting("OOM");
    bool wanted = !setting || strcmp(setting, "0") != 0;
    if (wanted && !reserve) reserve = fil_own_map(RESERVE_BYTES);
    return engine->watch_memory(wanted ? told : NULL, reason);
}

void fil_outofmemory_use_reserve(void) {
    fil_own_unmap(reserve, RESERVE_BYTES);
    reserve = NULL;
}

/* "1.2 GiB" */
static void add_size(char *text, size_t size, int64_t bytes) {
    bool large = bytes >= (int64_t)1 << 30;
    snprintf(text, size, large ? "%.1f GiB" : "%.1f MiB", (double)bytes / (large ? 1 << 30 : 1 << 20));
}

void fil_outofmemory_describe(const struct fil_shortage *s, char *sentence, size_t size) {
    char asked[32], left[32], total[32], swapped[32];
    add_size(asked, sizeof asked, (int64_t)s->request);
    add_size(left, sizeof left, s->memory.available);
    add_size(total, sizeof total, s->memory.total);
    add_size(swapped, sizeof swapped, s->memory.swapped);
    if (s->failed) {
        snprintf(sentence, size, "Out of memory: a request for %s failed (%s; %s of %s left)", asked, s->limit, left, total);
    } else if (s->memory.swapped > s->memory.available) {
        snprintf(sentence, size, "Out of memory: %s of the process are in swap, more than the %s that are left (%s)", swapped,
                 left, s->limit);
    } else if (s->request) {
        snprintf(sentence, size, "Out of memory: %s asked for, %s of %s left (%s)", asked, left, total, s->limit);
    } else {
        snprintf(sentence, size, "Out of memory: %s of %s left (%s)", left, total, s->limit);
    }
}

/* Writes the report into the recording's folder and ends the process: pieces too small to be refused have all but used up memory.
 */
static void end_process(struct fil_profile *profile) {
    static struct fil_written written[FIL_REPORT_FILES];
    for (char *slash = strchr(cell.directory + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(cell.directory, 0777);
        *slash = '/';
    }
    mkdir(cell.directory, 0777);
    profile->report.durable = true;
    fil_report_write_files(&profile->report, cell.directory, "out-of-memory", written);
    fil_recording_engine()->blackbox_reported();
    _exit(FIL_EXIT_OUT_OF_MEMORY);
}

static bool on_shortage(const struct fil_shortage *shortage) {
    static struct fil_profile profile;
    static char sentence[512];
    bool ends = !shortage->request && shortage->memory.available < shortage->threshold / 2;
    if (shortage->absurd || (!shortage->request && !ends)) return false;
    fil_outofmemory_use_reserve();
    fil_outofmemory_describe(shortage, sentence, sizeof sentence);
    struct fil_moment_shown shown = {FIL_MOMENT_NOW, shortage->request};
    if (fil_profile_take(&profile, shown, false) != 0) return true;
    profile.report.reason = sentence;
    if (ends) end_process(&profile);
    fil_buffer_clear(&cell.profile);
    if (fil_report_render(&profile.report, FIL_FORMAT_JSON, &cell.profile) != 0) fil_buffer_clear(&cell.profile);
    fil_profile_release(&profile);
    reserve = fil_own_map(RESERVE_BYTES);
    return true;
}

bool fil_outofmemory_watch_cell(const char *directory, char reason[FIL_LIMIT_TEXT]) {
    snprintf(cell.directory, sizeof cell.directory, "%s", directory);
    fil_buffer_clear(&cell.profile);
    return fil_outofmemory_watch(on_shortage, reason);
}

const struct fil_buffer *fil_outofmemory_profile(void) {
    return &cell.profile;
}
