/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what a snapshot says of the fullest moment, whether it is read in the engine or in a black
 * box. fil_frozenfullest_add_files is its main entry. */
#include "frozenfullest.h"

#include <string.h>

/* Figures of one reading may be off by some pages to one another. */
static int64_t at_least_0(int64_t bytes) {
    return bytes > 0 ? bytes : 0;
}

struct fil_resident_most fil_frozenfullest_figures(const struct fil_fullest *fullest,
                                                   int64_t no_files) {
    const struct fil_peak_sample *sample = &fullest->sample;
    return (struct fil_resident_most){.bytes = sample->resident,
                                      .tracked = fullest->tracked,
                                      .files =
                                          at_least_0(sample->files - fullest->shared - no_files),
                                      .allocator_overhead = fil_allocator_overhead(sample->blocks),
                                      .at = (double)fullest->ns / 1e9};
}

/* The peak's files come first: a file that was mapped then is listed once. */
static bool has_path(const struct fil_snapshot *snapshot, uint32_t count, const char *path) {
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(snapshot->files[i].path, path) == 0) return true;
    }
    return false;
}

/* A mapping may have been filled after that moment, while other memory went: all together have no
 * more than all pages of files had. */
void fil_frozenfullest_add_files(const struct fil_fullest *fullest, const uint32_t *frozen,
                                 uint32_t count, struct fil_snapshot *out) {
    uint32_t there = out->file_count;
    int64_t left = at_least_0(fullest->sample.files - fullest->shared);
    /* The count and the nodes may be a damaged file's, so both are bounded. */
    for (uint32_t i = 0; i < fullest->count && i < FIL_FULLEST_FILES; i++) {
        const struct fil_fullest_file *file = &fullest->files[i];
        if (file->node >= count || has_path(out, there, file->path)) continue;
        int64_t resident = file->resident < left ? file->resident : left;
        left -= resident;
        out->files[out->file_count++] = (struct fil_snapshot_file){file->path, frozen[file->node],
                                                                   file->mapped, resident, true};
    }
}
