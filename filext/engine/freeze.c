/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the making of a snapshot from the quiescent engine. fil_freeze is its main entry;
 * fil_freeze_end notes what lives at the program's end. */
#include "freeze.h"

#include <string.h>

#include "../base/own.h"
#include "../platform/os.h"
#include "blackbox.h"
#include "calltree.h"
#include "counters.h"
#include "ended.h"
#include "ending.h"
#include "frozenfullest.h"
#include "frozentree.h"
#include "mappings.h"
#include "measured.h"
#include "paths.h"
#include "threadnames.h"
#include "timeline.h"

/* What is known of the engine's nodes while they are copied, by their numbers there. */
struct freezing {
    struct fil_snapshot *out;
    enum fil_moment moment;
    uint32_t *frozen;          /* node => its number in the snapshot (frozentree.h) */
    struct fil_measured shown; /* at the moment that the snapshot shows */
    struct fil_measured now;   /* at the end, where that is now */
    int64_t reserved_now;      /* what lives and is a library's, never touched */
    char *paths;               /* the text of all paths, the snapshot's own */
};

/* The end of what isn't the peak isn't asked for. */
static bool shows_end(const struct freezing *f) {
    return f->moment == FIL_MOMENT_PEAK;
}

static bool is_end_now(const struct freezing *f) {
    return shows_end(f) && !fil_ending_noted();
}

/* All tables that depend on the tree's size, before anything is measured: without memory the
 * snapshot fails whole, and the recording goes on. */
static bool prepare(struct freezing *f) {
    f->frozen = fil_own_map(fil_calltree_count() * sizeof *f->frozen);
    bool good = f->frozen && fil_measured_prepare(&f->shown);
    return good && (!is_end_now(f) || fil_measured_prepare(&f->now));
}

static void finish(struct freezing *f) {
    fil_own_unmap(f->frozen, fil_calltree_count() * sizeof *f->frozen);
    fil_measured_clear(&f->shown);
    fil_measured_clear(&f->now);
}

/* Whether what lives, and was born then, was there at the moment. */
static bool was_there(const struct freezing *f, uint32_t born) {
    return f->moment == FIL_MOMENT_NOW || fil_counters_in_peak(born);
}

/* What has ended since the moment, but was there. */
static const struct fil_ended *ended_since(const struct freezing *f, size_t *count) {
    const struct fil_ended *list = fil_ended_list(count);
    if (f->moment == FIL_MOMENT_NOW) *count = 0;
    return list;
}

static void measure(struct freezing *f) {
    if (f->moment == FIL_MOMENT_NOW) f->reserved_now = fil_measured_fill(NULL, &f->shown);
    else f->reserved_now = fil_measured_fill(&f->shown, is_end_now(f) ? &f->now : NULL);
    f->out->reserved_bytes = f->shown.reserved;
}

static struct fil_calltree_node engine_node(const void *none, uint32_t number) {
    (void)none;
    return fil_calltree_node(number);
}

/* Of what lives now, or of what was noted at the program's end. */
static struct fil_end_books end_of(const struct freezing *f) {
    const struct fil_ending *noted = fil_ending_noted();
    if (!noted) return (struct fil_end_books){f->now.count, NULL, f->now.held, f->now.untouched};
    return (struct fil_end_books){(uint32_t)noted->count, noted->nodes, NULL, NULL};
}

static bool copy_tree(struct freezing *f) {
    struct fil_end_books end = end_of(f);
    struct fil_books books = {f->shown.count, engine_node,        NULL,
                              f->shown.held,  f->shown.untouched, shows_end(f) ? &end : NULL};
    return fil_frozentree_make(&books, f->out, f->frozen);
}

static bool copy_threads(struct fil_snapshot *out) {
    /* The names are the engine's: they stay until the next recording begins. */
    uint32_t count = fil_threadnames_count();
    const char **names = fil_own_map(count * sizeof *names);
    for (uint32_t i = 0; names && i < count; i++) names[i] = fil_threadnames_name(i);
    out->threads = names;
    out->thread_count = count;
    return names;
}

static void add_file(struct freezing *f, uint32_t node, uint32_t path, size_t mapped,
                     size_t resident) {
    f->out->files[f->out->file_count++] = (struct fil_snapshot_file){
        f->paths + path, f->frozen[node], (int64_t)mapped, (int64_t)resident, false};
}

/* Those of the fullest moment that weren't mapped at the peak. Their paths are copied, too: the
 * list lives only as long as the recording. */
static void add_fullest_files(struct freezing *f, char *paths) {
    const struct fil_fullest *fullest = fil_fullest_complete();
    uint32_t before = f->out->file_count;
    if (f->moment == FIL_MOMENT_PEAK)
        fil_frozenfullest_add_files(fullest, f->frozen, f->shown.count, f->out);
    for (uint32_t i = before; i < f->out->file_count; i++, paths += FIL_FULLEST_PATH)
        f->out->files[i].path = strcpy(paths, f->out->files[i].path);
}

/* The files mapped at the peak, or the fullest moment, with a copy of their paths behind them. */
static bool copy_files(struct freezing *f) {
    size_t ended_count, most = fil_ranges_count();
    const struct fil_ended *ended = ended_since(f, &ended_count);
    uint32_t text_bytes;
    const char *text = fil_paths_text(&text_bytes);
    most += ended_count + FIL_FULLEST_FILES;
    /* One block: the list, then the text of all paths, then room for those of the fullest moment.
     */
    f->out->file_room =
        most * sizeof *f->out->files + text_bytes + 1 + FIL_FULLEST_FILES * FIL_FULLEST_PATH;
    f->out->files = fil_own_map(f->out->file_room);
    if (!f->out->files) return false;
    f->paths = (char *)(f->out->files + most);
    if (text_bytes) memcpy(f->paths, text, text_bytes);
    for (size_t i = 0; i < fil_ranges_count(); i++) {
        const struct fil_range *range = fil_ranges_at(i);
        if (!range->path || !was_there(f, range->born)) continue;
        size_t length = range->end - range->start;
        add_file(f, range->node, range->path, length - range->slack,
                 fil_os_file_pages_in(range->start, length));
    }
    for (size_t i = 0; i < ended_count; i++) {
        if (ended[i].path)
            add_file(f, ended[i].node, ended[i].path, ended[i].bytes, ended[i].resident);
    }
    add_fullest_files(f, f->paths + text_bytes);
    return true;
}

/* The system's figures aren't of one instant, and it has none where more was there before the
 * recording. */
static void keep_most(struct fil_resident *resident) {
    if (resident->most < resident->at_peak) resident->most = resident->at_peak;
    if (resident->most < resident->at_most.bytes) resident->most = resident->at_most.bytes;
}

/* The system counts shared memory, and the black box, with the files: `no_files` bytes of them
 * aren't. */
static void complete_figures(struct fil_snapshot *out, enum fil_moment moment,
                             struct fil_peak_sample sample, int64_t no_files) {
    out->peak_bytes = moment == FIL_MOMENT_NOW ? fil_counters_live() : fil_counters_peak();
    out->error_bound_bytes = fil_counters_error_bound();
    out->live_bytes = fil_counters_live();
    fil_timeline_copy(&fil_timeline, out->seconds, out->live_bytes, fil_counters_peak(), out);
    if (moment == FIL_MOMENT_NOW) out->peak_at = out->seconds;
    int64_t files = sample.files;
    out->resident.at_peak = sample.resident;
    out->resident.allocator_overhead = fil_allocator_overhead(sample.blocks);
    out->resident.at_most = fil_frozenfullest_figures(fil_fullest_complete(), no_files);
    keep_most(&out->resident);
    for (uint32_t i = 0; i < out->part_count; i++) {
        if (out->parts[i].kind == FIL_KIND_SHARED)
            no_files += out->parts[i].bytes - out->parts[i].untouched;
    }
    files -= no_files;
    out->resident.files = files > 0 ? files : 0;
}

static int64_t less(int64_t bytes, int64_t by) {
    return bytes > by ? bytes - by : 0;
}

static void describe_end(const struct freezing *f) {
    const struct fil_ending *noted = fil_ending_noted();
    f->out->end.is_known = shows_end(f);
    if (f->out->end.is_known)
        f->out->end.bytes = noted ? noted->bytes : less(fil_counters_live(), f->now.reserved);
}

/* What lives now, to be told as the end's: all that can be known of it later. */
void fil_freeze_end(void) {
    /* Before the interpreter unmaps files, whose reading may not be due then. */
    fil_fullest_complete();
    struct fil_measured now = {0};
    if (!fil_ending_noted() && fil_measured_prepare(&now)) {
        fil_measured_fill(NULL, &now);
        fil_ending_note(&now);
    }
    fil_measured_clear(&now);
}

bool fil_freeze(struct fil_snapshot *out, enum fil_moment moment, uint32_t asking, size_t request,
                int64_t start_files) {
    struct freezing f = {.out = out, .moment = moment};
    /* In this order: each step makes the process's memory larger, and what is read before a step
     * doesn't hold what the step takes. */
    struct fil_peak_sample sample =
        fil_counters_sample(moment); /* before the snapshot itself takes memory */
    fil_counters_look_last();
    int64_t blackbox = (int64_t)fil_blackbox_resident_bytes();
    out->resident.profiler =
        (int64_t)fil_own_resident_bytes() + blackbox; /* before all tables are read */
    bool good = prepare(&f);
    if (good) {
        measure(&f);
        f.shown.held[asking].bytes +=
            (int64_t)request; /* as if it had been given, and not been touched yet */
        f.shown.untouched[asking] += (int64_t)request;
        good = copy_tree(&f) && copy_threads(out) && copy_files(&f);
    }
    if (good) {
        complete_figures(out, moment, sample, start_files + blackbox);
        fil_snapshot_leave_out_reserved(out, f.reserved_now);
        describe_end(&f);
    }
    out->peak_bytes += good ? (int64_t)request : 0;
    finish(&f);
    /* What was made is released; the caller sees an empty snapshot. */
    if (!good) fil_snapshot_clear(out);
    return good;
}
