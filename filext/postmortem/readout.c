/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the making of a report's data from a black box, with every figure checked. fil_readout_make
 * is its main entry. */
#include "readout.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/own.h"
#include "../base/processfacts.h"
#include "../engine/children.h"
#include "../engine/ending.h"
#include "../engine/frozenfullest.h"
#include "../engine/frozentree.h"
#include "../engine/threadnames.h"
#include "../engine/timeline.h"
#include "../platform/process.h"
#include "blackboxcopy.h"
#include "copying.h"
#include "heldmemory.h"

#define CHUNK_NODES (1u << FIL_CALLTREE_CHUNK_BITS)
#define MOST_SECONDS 1e9
#define NOTICED_SHARE 64 /* less of the peak isn't worth a word */

/* What is read out of the copies. */
struct fil_readout_reading {
    struct fil_blackboxcopy copies;
    struct fil_totals totals;
    const struct fil_calltree_node
        *chunks[FIL_CALLTREE_MOST_CHUNKS]; /* copied ones; NULL ends them */
    uint32_t count;                        /* nodes, with the root */
    struct fil_heldmemory held;
    uint32_t *frozen; /* node => its number in the snapshot */
    uint32_t threads; /* slot arrays */
    int64_t at_peak, at_end, live;
    struct fil_ending *ending; /* what was noted at the program's end; NULL: nothing was */
    struct fil_processfacts info;
    const char *command[FIL_PROCESSFACTS_ARGUMENTS];
    const char *names[FIL_PROCESSFACTS_NAMES];
};

static struct fil_calltree_node node_of(const void *source, uint32_t number) {
    const struct fil_readout_reading *r = source;
    if (number == FIL_NODE_ROOT) return (struct fil_calltree_node){0, 0, 0};
    return r->chunks[number / CHUNK_NODES][number % CHUNK_NODES];
}

/* Nodes are numbered as they are made, a parent before its children: the first that isn't one ends
 * them. */
static void find_nodes(struct fil_readout_reading *r) {
    const struct fil_blackboxcopy_piece *piece;
    uint32_t chunks = 0;
    while (chunks < FIL_CALLTREE_MOST_CHUNKS &&
           (piece = fil_blackboxcopy_find(&r->copies, FIL_PIECE_NODES, chunks,
                                          CHUNK_NODES * sizeof(struct fil_calltree_node))))
        r->chunks[chunks++] = (const struct fil_calltree_node *)(const void *)piece->copy;
    for (r->count = 1; r->count < chunks * CHUNK_NODES; r->count++) {
        struct fil_calltree_node node = node_of(r, r->count);
        if (!node.function || node.parent >= r->count) break;
    }
}

/* What no machine has stands in a damaged file, and is found out in the end. */
static int64_t sum(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static void add_slots(struct fil_readout_reading *r, const struct fil_blackboxcopy_piece *piece) {
    const struct fil_slot *slots = (const struct fil_slot *)(const void *)piece->copy;
    bool rising = r->totals.rising;
    for (uint64_t i = 0; i < piece->bytes / sizeof *slots; i++) {
        int64_t at_peak = rising ? slots[i].live : fil_slot_before(&slots[i], r->totals.epoch);
        uint32_t node = i < r->count ? (uint32_t)i : FIL_NODE_ROOT; /* damaged: no node */
        r->held.peak.held[node].bytes = sum(r->held.peak.held[node].bytes, at_peak);
        r->held.peak.held[node].allocations += slots[i].allocations;
        r->at_peak = sum(r->at_peak, at_peak);
        r->live = sum(r->live, slots[i].live);
        r->held.now.held[node].bytes = sum(r->held.now.held[node].bytes, slots[i].live);
    }
    r->threads++;
}

static void add_all_slots(struct fil_readout_reading *r) {
    r->at_peak = r->live = r->threads = 0;
    memset(r->held.peak.held, 0, r->count * sizeof *r->held.peak.held);
    memset(r->held.now.held, 0, r->count * sizeof *r->held.now.held);
    for (uint32_t i = 0; i < r->copies.count; i++) {
        const struct fil_blackboxcopy_piece *piece = &r->copies.pieces[i];
        if (piece->kind == FIL_PIECE_SLOTS &&
            fil_blackboxcopy_find(&r->copies, FIL_PIECE_SLOTS, piece->index, 0) == piece)
            add_slots(r, piece);
    }
}

/* No node holds less than nothing, but for an instant, of which this may be a copy; nor what no
 * machine has, but in a damaged file. */
static int64_t keep_sum_possible(int64_t so_far, int64_t *bytes) {
    fil_copying_keep_in_bounds(bytes);
    if (so_far > FIL_COPYING_MOST_BYTES) *bytes = 0;
    return so_far + *bytes;
}

static void keep_possible(struct fil_readout_reading *r) {
    r->at_peak = r->at_end = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        r->at_peak = keep_sum_possible(r->at_peak, &r->held.peak.held[i].bytes);
        r->at_end = keep_sum_possible(r->at_end, &r->held.now.held[i].bytes);
    }
    fil_copying_keep_in_bounds(&r->live);
}

/* Where the process ended between two stores, a new maximum may have begun of which the flag
 * doesn't tell yet: then what lives is what was there at the peak (engine/counters.c). */
static void hold(struct fil_readout_reading *r) {
    add_all_slots(r);
    if (!r->totals.rising && r->at_peak != r->totals.peak && r->live == r->totals.peak) {
        r->totals.rising = true;
        add_all_slots(r);
    }
    keep_possible(r);
}

/* What lived at the program's end, where the process died only after it: in place of what lives. */
static void take_ending(struct fil_readout_reading *r) {
    size_t least = sizeof *r->ending;
    const struct fil_blackboxcopy_piece *piece =
        fil_blackboxcopy_find(&r->copies, FIL_PIECE_ENDING, 0, least);
    r->ending = piece ? (struct fil_ending *)(void *)piece->copy : NULL;
    if (r->ending && r->ending->is_whole != 1) r->ending = NULL;
    if (!r->ending) return;
    uint64_t room = (piece->bytes - least) / sizeof *r->ending->nodes;
    if (r->ending->count > room) r->ending->count = room; /* damaged */
    if (r->ending->count > r->count) r->ending->count = r->count;
    r->at_end = 0;
    for (uint64_t i = 0; i < r->ending->count; i++) {
        r->at_end = keep_sum_possible(r->at_end, &r->ending->nodes[i].bytes);
        fil_copying_keep_in_bounds(&r->ending->nodes[i].untouched);
    }
}

static bool make_functions(const struct fil_readout_reading *r, struct fil_snapshot *out) {
    const struct fil_blackboxcopy_piece *piece =
        fil_blackboxcopy_find(&r->copies, FIL_PIECE_FUNCTIONS, 0, 0);
    const struct fil_function *written =
        piece ? (const struct fil_function *)(const void *)piece->copy : NULL;
    uint32_t room = piece ? (uint32_t)(piece->bytes / sizeof *written) : 0, used = 1;
    for (uint32_t i = 1; i < r->count; i++) { /* as many as the nodes name */
        uint32_t function = node_of(r, i).function;
        if (function < FIL_FUNCTION_THREAD && function >= used)
            used = function < room ? function + 1 : used;
    }
    out->function_count = used;
    out->functions = fil_own_map(used * sizeof *out->functions);
    if (!out->functions) return false;
    out->functions[0] = (struct fil_function){"", "", 0};
    for (uint32_t i = 1; i < used; i++) {
        out->functions[i].name = fil_blackboxcopy_text(&r->copies, (uintptr_t)written[i].name);
        out->functions[i].file = fil_blackboxcopy_text(&r->copies, (uintptr_t)written[i].file);
        out->functions[i].first_line = written[i].first_line;
    }
    for (uint32_t i = 0; i < out->node_count; i++) {
        if (out->nodes[i].function >= used) out->nodes[i].function = 0; /* damaged */
    }
    return true;
}

static void mend_parts(struct fil_snapshot_part *parts, uint32_t count, uint32_t threads) {
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].thread >= threads) parts[i].thread = 0; /* damaged */
        if (parts[i].kind >= FIL_KINDS) parts[i].kind = FIL_KIND_HEAP;
    }
}

static bool make_threads(const struct fil_readout_reading *r, struct fil_snapshot *out) {
    const struct fil_blackboxcopy_piece *piece = fil_blackboxcopy_find(
        &r->copies, FIL_PIECE_THREADNAMES, 0, FIL_THREADNAMES_MOST * FIL_THREADNAME_BYTES);
    uint32_t count = 1;
    while (piece && count < FIL_THREADNAMES_MOST && piece->copy[count * FIL_THREADNAME_BYTES])
        count++;
    const char **names = fil_own_map(count * sizeof *names);
    if (!names) return false;
    for (uint32_t i = 0; i < count; i++) {
        char *name = piece ? piece->copy + i * FIL_THREADNAME_BYTES : NULL;
        if (name) name[FIL_THREADNAME_BYTES - 1] = 0;
        names[i] = i && fil_blackboxcopy_is_utf8(name, strlen(name)) ? name
                   : i                                               ? "?"
                                                                     : "MainThread";
    }
    out->threads = names;
    out->thread_count = count;
    mend_parts(out->parts, out->part_count, count);
    mend_parts(out->end.parts, out->end.part_count, count);
    return true;
}

static struct fil_fullest *copied_fullest(const struct fil_readout_reading *r) {
    const struct fil_blackboxcopy_piece *piece =
        fil_blackboxcopy_find(&r->copies, FIL_PIECE_FULLEST, 0, sizeof(struct fil_fullest));
    return piece ? (struct fil_fullest *)(void *)piece->copy : NULL;
}

/* A file may be half written, of a process that runs. */
static void mend_file(struct fil_fullest_file *file) {
    fil_copying_keep_in_bounds(&file->mapped);
    fil_copying_keep_in_bounds(&file->resident);
    file->path[FIL_FULLEST_PATH - 1] = 0;
    if (!fil_blackboxcopy_is_utf8(file->path, strlen(file->path))) strcpy(file->path, "?");
}

/* What the process had in memory when it had most of it, and the files among it. */
static void describe_fullest(const struct fil_readout_reading *r, struct fil_snapshot *out) {
    struct fil_fullest *fullest = copied_fullest(r);
    out->file_room = FIL_FULLEST_FILES * sizeof *out->files;
    out->files = fullest ? fil_own_map(out->file_room) : NULL;
    if (!out->files) return;
    int64_t *figures[] = {&fullest->sample.resident, &fullest->sample.files,
                          &fullest->sample.blocks,   &fullest->shared,
                          &fullest->tracked,         &fullest->ns};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        fil_copying_keep_in_bounds(figures[i]);
    for (size_t i = 0; i < FIL_FULLEST_FILES; i++) mend_file(&fullest->files[i]);
    fil_frozenfullest_add_files(fullest, r->frozen, r->count, out);
    out->resident.start = r->copies.head.resident_start;
    out->resident.at_most = fil_frozenfullest_figures(fullest, r->copies.head.files_start);
    if (out->resident.most < out->resident.at_most.bytes)
        out->resident.most = out->resident.at_most.bytes;
}

/* Resident memory, where it was read near the peak. */
static void describe_resident(const struct fil_readout_reading *r, struct fil_snapshot *out) {
    const struct fil_totals *t = &r->totals;
    if (!fil_totals_sample_is_near(t) || !t->sample.resident) return;
    int64_t files = t->sample.files - r->copies.head.files_start;
    out->resident = (struct fil_resident){
        .start = r->copies.head.resident_start,
        .at_peak = t->sample.resident,
        .most = t->sample.resident,
        .files = files > 0 ? files : 0,
        .allocator_overhead = fil_allocator_overhead(t->sample.blocks),
    };
}

static void describe_children(const struct fil_readout_reading *r, struct fil_snapshot *out) {
    const struct fil_blackboxcopy_piece *piece =
        fil_blackboxcopy_find(&r->copies, FIL_PIECE_CHILDREN, 0, sizeof(struct fil_children_kept));
    if (piece)
        fil_children_read((const struct fil_children_kept *)(const void *)piece->copy,
                          &out->children);
}

/* Whether the count and the length are such as were written. */
static bool is_whole(struct fil_periods *periods) {
    bool whole = periods->count <= FIL_PERIODS_MOST && periods->length_ns > 0 &&
                 periods->length_ns <= FIL_COPYING_MOST_BYTES;
    for (uint32_t i = 0; whole && i < periods->count; i++)
        fil_copying_keep_in_bounds(&periods->most[i]);
    return whole;
}

static void describe_time(const struct fil_readout_reading *r, struct fil_snapshot *out) {
    const struct fil_blackboxcopy_piece *piece =
        fil_blackboxcopy_find(&r->copies, FIL_PIECE_TIMELINE, 0, sizeof(struct fil_timeline));
    struct fil_timeline *line = piece ? (struct fil_timeline *)(void *)piece->copy : NULL;
    out->live_bytes = r->live;
    if (!line || !is_whole(&line->live)) return; /* damaged */
    if (!is_whole(&line->resident)) line->resident.count = 0;
    int64_t length = line->live.length_ns;
    if (line->peak_ns < 0 || line->peak_ns / length >= FIL_PERIODS_MOST) line->peak_ns = 0;
    fil_copying_keep_in_bounds(&line->last);
    /* no other source knows the end better */
    double noted = (double)line->live.count * (double)length / 1e9;
    if (out->seconds < noted && noted < MOST_SECONDS) out->seconds = noted;
    fil_timeline_copy(line, out->seconds, out->live_bytes, out->peak_bytes, out);
}

/* `is_left`: the recording outlived the file, which doesn't tell of its end. */
static bool make_tree(struct fil_readout_reading *r, struct fil_snapshot *out, bool is_left,
                      bool runs) {
    struct fil_end_books end = {r->count, NULL, r->held.now.held, r->held.now.untouched};
    if (r->ending)
        end = (struct fil_end_books){(uint32_t)r->ending->count, r->ending->nodes, NULL, NULL};
    struct fil_books books = {
        r->count, node_of, r, r->held.peak.held, r->held.peak.untouched, is_left ? NULL : &end};
    out->end.is_known = !is_left;
    out->end.is_now = runs;
    if (!is_left) out->end.bytes = r->ending ? r->at_end : r->at_end - r->held.now.reserved;
    return fil_frozentree_make(&books, out, r->frozen);
}

static bool make_snapshot(struct fil_readout_reading *r, struct fil_snapshot *out, int64_t moved,
                          bool is_left, bool runs) {
    if (!make_tree(r, out, is_left, runs)) return false;
    if (!make_threads(r, out) || !make_functions(r, out)) return false;
    int64_t off = r->at_peak - r->totals.peak,
            threads = r->threads > 1 ? r->threads * 2 * FIL_COUNTERS_BATCH : 0;
    out->peak_bytes = r->at_peak;
    out->reserved_bytes = r->held.peak.reserved;
    out->error_bound_bytes = (off < 0 ? -off : off) + moved;
    if (out->error_bound_bytes < threads) out->error_bound_bytes = threads;
    out->started = r->copies.head.started;
    describe_resident(r, out);
    describe_fullest(r, out);
    describe_time(r, out);
    describe_children(r, out);
    fil_snapshot_leave_out_reserved(out, r->held.now.reserved);
    return true;
}

/* The figures of readout.h that aren't the snapshot's. */
static void describe_touched(const struct fil_readout_reading *r, struct fil_readout *out) {
    const struct fil_blackboxcopy_piece *piece =
        fil_blackboxcopy_find(&r->copies, FIL_PIECE_TIMELINE, 0, sizeof(struct fil_timeline));
    const struct fil_timeline *line = piece ? (const void *)piece->copy : NULL;
    out->peak_in_use = out->snapshot.peak_bytes - fil_heldmemory_untouched(&r->held.peak);
    out->live_in_use = out->snapshot.live_bytes - fil_heldmemory_untouched(&r->held.now);
    out->unlooked = r->held.unlooked < out->peak_in_use ? r->held.unlooked : out->peak_in_use;
    if (!line || r->held.outdated < out->peak_in_use / NOTICED_SHARE) return;
    double since = out->snapshot.seconds - (double)line->touched_ns / 1e9;
    out->outdated_seconds = since > 0 && since < MOST_SECONDS ? since : 0;
}

/* A process that runs can be looked at now. */
static void look_at_running(const struct fil_readout_reading *r, int process_id,
                            struct fil_touched *now) {
    int pages = fil_process_open_pages(process_id);
    if (pages < 0) return;
    fil_touched_look(now, &r->copies, process_id, pages);
    close(pages);
}

static bool read_blackbox(struct fil_readout_reading *r, const struct fil_touched *seen,
                          struct fil_readout *out) {
    struct fil_touched now = {.resident = 0};
    int64_t moved = fil_copying_all(&r->copies, &r->totals, out->runs);
    if (moved < 0) return false;
    if (!seen && out->runs) look_at_running(r, out->process_id, &now);
    find_nodes(r);
    r->frozen = fil_own_map(r->count * sizeof *r->frozen);
    bool good = fil_heldmemory_prepare(&r->held, r->count) && r->frozen;
    if (good) {
        hold(r);
        fil_heldmemory_measure(&r->held, &r->copies, r->totals.epoch - !r->totals.rising,
                               seen ? seen : &now);
        take_ending(r);
        good = make_snapshot(r, &out->snapshot, moved, out->left_at > 0, out->runs);
    }
    if (good) describe_touched(r, out);
    fil_heldmemory_clear(&r->held);
    fil_own_unmap(r->frozen, r->count * sizeof *r->frozen);
    fil_touched_clear(&now);
    return good;
}

static bool describe_process(struct fil_readout_reading *r, struct fil_report *report) {
    const struct fil_blackboxcopy_piece *piece =
        fil_blackboxcopy_find(&r->copies, FIL_PIECE_PROCESS, 0, sizeof r->info);
    if (!piece) return false;
    memcpy(&r->info, piece->copy, sizeof r->info);
    struct fil_processfacts *info = &r->info;
    info->python[sizeof info->python - 1] = info->package_dir[sizeof info->package_dir - 1] = 0;
    info->cwd[sizeof info->cwd - 1] = info->command[sizeof info->command - 1] = 0;
    if (info->command_bytes > sizeof info->command) info->command_bytes = sizeof info->command;
    if (info->argument_count > FIL_PROCESSFACTS_ARGUMENTS)
        info->argument_count = FIL_PROCESSFACTS_ARGUMENTS;
    report->command = r->command;
    report->command_count = fil_processfacts_command(info, r->command);
    for (int i = 0; i < report->command_count; i++) {
        if (!fil_blackboxcopy_is_utf8(r->command[i], strlen(r->command[i]))) r->command[i] = "?";
    }
    info->named[sizeof info->named - 1] = 0;
    fil_processfacts_names(info, r->names, &report->own, &report->program);
    for (uint32_t i = 0; i < report->own.count + report->program.count; i++) {
        if (!fil_blackboxcopy_is_utf8(r->names[i], strlen(r->names[i]))) r->names[i] = "?";
    }
    report->python =
        fil_blackboxcopy_is_utf8(info->python, strlen(info->python)) ? info->python : "?";
    report->package_dir = info->package_dir;
    report->cwd = info->cwd;
    report->no_source = info->no_source;
    return true;
}

static void describe_end(const struct fil_blackbox_head *head, double ended,
                         struct fil_readout *out) {
    struct fil_process process;
    out->process_id = (int)head->process_id;
    out->reported = head->reported;
    out->runs = ended <= 0 && fil_process_look(out->process_id, &process) &&
                process.start == head->process_start && process.state != 'Z';
    out->left_at = head->state == FIL_BLACKBOX_FULL ? head->left_at : 0;
    out->error = head->error;
    double end = out->runs          ? fil_os_unix_time()
                 : out->left_at > 0 ? out->left_at
                 : ended > 0        ? ended
                                    : out->reading->copies.written;
    out->snapshot.seconds =
        end - head->started > 0 && end - head->started < MOST_SECONDS ? end - head->started : 0;
}

static void explain(const char *path, int error, char reason[FIL_READOUT_REASON]) {
    const char *text = error == EINVAL ? "not a recording of filprofiler"
                       : error == EPROTO
                           ? "a recording of another version of filprofiler: use that one"
                       : error == ENODATA ? "nothing was recorded in it"
                       : error == ENOMEM  ? "no memory to read it, or the file is damaged"
                                          : strerror(error);
    snprintf(reason, FIL_READOUT_REASON, "%s: %s", path, text);
}

int fil_readout_make(const char *path, double ended, const struct fil_touched *seen,
                     struct fil_readout *out, char reason[FIL_READOUT_REASON]) {
    *out = (struct fil_readout){.reading = fil_own_map(sizeof *out->reading)};
    int error = out->reading ? fil_blackboxcopy_open(&out->reading->copies, path) : ENOMEM;
    if (error) {
        explain(path, error, reason);
        fil_own_unmap(out->reading, sizeof *out->reading);
        return -1;
    }
    const struct fil_blackbox_head *head = &out->reading->copies.head;
    describe_end(head, ended, out);
    bool good = false;
    if (head->state == FIL_BLACKBOX_LOST) {
        snprintf(reason, FIL_READOUT_REASON,
                 "%s: the recording isn't whole: its file couldn't be found again (%s)", path,
                 strerror(head->error));
    } else {
        good =
            read_blackbox(out->reading, seen, out) && describe_process(out->reading, &out->report);
        if (!good) explain(path, ENOMEM, reason);
    }
    if (!good) {
        fil_readout_release(out);
        return -1;
    }
    out->report.snapshot = &out->snapshot;
    out->report.pid = out->process_id;
    return 0;
}

void fil_readout_release(struct fil_readout *readout) {
    fil_report_free(&readout->report);
    fil_own_unmap(readout->snapshot.functions,
                  readout->snapshot.function_count * sizeof *readout->snapshot.functions);
    fil_snapshot_clear(&readout->snapshot);
    fil_blackboxcopy_close(&readout->reading->copies);
    fil_own_unmap(readout->reading, sizeof *readout->reading);
}
