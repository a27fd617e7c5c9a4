/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the end of a snapshot's memory, which the engine or a reader of a black box has mapped.
 * fil_snapshot_clear is its entry. */
#include "snapshot.h"

#include "own.h"

static int64_t less(int64_t bytes, int64_t by) {
    return bytes > by ? bytes - by : 0;
}

void fil_snapshot_leave_out_reserved(struct fil_snapshot *snapshot, int64_t now) {
    int64_t reserved = snapshot->reserved_bytes, *line = snapshot->timeline;
    snapshot->peak_bytes = less(snapshot->peak_bytes, reserved);
    snapshot->live_bytes = less(snapshot->live_bytes, now);
    snapshot->resident.at_most.tracked = less(snapshot->resident.at_most.tracked, reserved);
    uint32_t first = 0;
    while (first < snapshot->timeline_count && line[first] < reserved) first++;
    for (uint32_t i = first; i < snapshot->timeline_count; i++) line[i] = less(line[i], reserved);
}

void fil_snapshot_clear(struct fil_snapshot *snapshot) {
    uint32_t most = snapshot->node_room;
    fil_own_unmap(snapshot->nodes, most * sizeof *snapshot->nodes);
    fil_own_unmap(snapshot->parts, (most + 1) * sizeof *snapshot->parts);
    fil_own_unmap(snapshot->end.parts, (most + 1) * sizeof *snapshot->end.parts);
    fil_own_unmap((void *)snapshot->threads, snapshot->thread_count * sizeof *snapshot->threads);
    fil_own_unmap(snapshot->files, snapshot->file_room);
    fil_own_unmap(snapshot->timeline_resident,
                  FIL_SNAPSHOT_MOST_PERIODS * sizeof *snapshot->timeline_resident);
    fil_own_unmap(snapshot->timeline, FIL_SNAPSHOT_MOST_PERIODS * sizeof *snapshot->timeline);
    snapshot->nodes = NULL;
    snapshot->parts = NULL;
    snapshot->end = (struct fil_snapshot_end){0};
    snapshot->threads = NULL;
    snapshot->files = NULL;
    snapshot->timeline = snapshot->timeline_resident = NULL;
}
