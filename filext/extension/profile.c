/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the putting together of a snapshot and the process's facts. fil_profile_take is its main
 * entry. */
#include "profile.h"

#include "../base/own.h"
#include "../platform/os.h"
#include "recording.h"

int fil_profile_take(struct fil_profile *profile, struct fil_moment_shown shown, bool stop) {
    int error = fil_recording_snapshot(&profile->snapshot, shown, stop);
    if (error) return error;
    profile->snapshot.resident.profiler +=
        (int64_t)fil_own_resident_bytes(); /* the extension's own memory has its own list */
    const struct fil_processfacts *info = fil_processinfo();
    profile->report = (struct fil_report){
        .snapshot = &profile->snapshot,
        .kind = shown.moment == FIL_MOMENT_NOW ? FIL_REPORT_OUT_OF_MEMORY : FIL_REPORT_PEAK,
        .requested = (int64_t)shown.request,
        .command = profile->command,
        .command_count = fil_processfacts_command(info, profile->command),
        .python = info->python,
        .pid = fil_os_process_id(),
        .package_dir = info->package_dir,
        .cwd = info->cwd,
        .no_source = info->no_source,
    };
    fil_processfacts_names(info, profile->names, &profile->report.own, &profile->report.program);
    fil_report_read_sources(&profile->report);
    return 0;
}

void fil_profile_release(struct fil_profile *profile) {
    fil_report_free(&profile->report);
    fil_recording_release(&profile->snapshot);
}
