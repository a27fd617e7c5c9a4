/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the end of a snapshot's memory, which the engine or a reader of a black box has mapped.
 * fil_snapshot_clear is its entry. */
#include "snapshot.h"

#include "own.h"

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
