/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of a profile from its JSON: whatever the text holds, the answer is a valid
 * report or a sentence that says what is wrong. fil_report_parse is its entry. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cjsonmemory.h"
#include "report.h"
#include "sources.h"
#include "writers.h"

struct reader {
    struct fil_arena *arena;
    char *error;
    size_t error_size;
    int version;
};

static bool fail(struct reader *reader, const char *sentence) {
    snprintf(reader->error, reader->error_size, "%s", sentence);
    return false;
}

static const char *text_of(const cJSON *object, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

/* A whole number in [0, most]; false for anything else. */
static bool whole(const cJSON *item, double most, double *number) {
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= most) ||
        floor(item->valuedouble) != item->valuedouble)
        return false;
    *number = item->valuedouble;
    return true;
}

static int64_t bytes_of(const cJSON *object, const char *name) {
    double number;
    return whole(cJSON_GetObjectItemCaseSensitive(object, name), 9e15, &number) ? (int64_t)number
                                                                                : 0;
}

static double seconds_of(const cJSON *object, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble < 1e12
               ? item->valuedouble
               : 0;
}

static enum fil_reason_end end_of(const char *name) {
    for (unsigned i = 0; name && i < FIL_REASON_ENDS; i++) {
        if (strcmp(name, fil_reason_ends[i]) == 0) return (enum fil_reason_end)i;
    }
    return FIL_REASON_END_UNKNOWN;
}

/* Version 1 has the sentence alone. A kind that isn't known is read as its sentence. */
static void read_reason(const cJSON *json, struct fil_reason *reason) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, "reason");
    const char *kind = text_of(item, "kind"),
               *text = cJSON_IsString(item) ? item->valuestring : text_of(item, "text");
    if (!text) return;
    *reason = (struct fil_reason){.kind = FIL_REASON_TEXT, .text = text};
    for (unsigned i = FIL_REASON_LIMIT_MET; kind && i < FIL_REASON_KINDS; i++) {
        if (strcmp(kind, fil_reason_names[i]) != 0) continue;
        *reason = (struct fil_reason){
            .kind = (enum fil_reason_kind)i,
            .text = text_of(item, "process"),
            .end = end_of(text_of(item, "end")),
            .number = (int)bytes_of(item, "number"),
            .limit = text_of(item, "limit"),
            .request = bytes_of(item, "request_bytes"),
            .available = bytes_of(item, "available_bytes"),
            .total = bytes_of(item, "total_bytes"),
            .swapped = bytes_of(item, "swapped_bytes"),
            .threshold = bytes_of(item, "threshold_bytes"),
            .peak = bytes_of(item, "peak_bytes"),
            .live = bytes_of(item, "live_bytes"),
            .unlooked = bytes_of(item, "unlooked_bytes"),
            .outdated_seconds = seconds_of(item, "outdated_seconds"),
            .kept_seconds = seconds_of(item, "kept_seconds"),
            .error = text_of(item, "error"),
            .for_memory = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "for_memory")),
        };
    }
}

static struct fil_resident_most read_at_most(const cJSON *json) {
    return (struct fil_resident_most){
        bytes_of(json, "bytes"), bytes_of(json, "tracked_bytes"), bytes_of(json, "files_bytes"),
        bytes_of(json, "allocator_overhead_bytes"), seconds_of(json, "at_seconds")};
}

static bool read_header(struct reader *reader, const cJSON *json, struct fil_report *report,
                        struct fil_snapshot *s) {
    const char *format = text_of(json, "format"), *kind = text_of(json, "kind"),
               *python = text_of(json, "python");
    if (!format || strcmp(format, "filprofiler") != 0)
        return fail(reader, "its \"format\" isn't \"filprofiler\"");
    double version;
    if (!whole(cJSON_GetObjectItemCaseSensitive(json, "version"), 1e6, &version))
        return fail(reader, "it has no \"version\"");
    if (version != 1 && version != 2)
        return fail(reader, "it is of another version; this filprofiler reads versions 1 and 2");
    reader->version = (int)version;
    if (kind && strcmp(kind, "diff") == 0)
        return fail(reader, "but the difference of two; `fil-profile diff OLD NEW -o FILE.html` "
                            "makes a page of it");
    if (!kind || (strcmp(kind, "peak") != 0 && strcmp(kind, "out-of-memory") != 0))
        return fail(reader, "its \"kind\" is unknown");
    report->kind = strcmp(kind, "peak") == 0 ? FIL_REPORT_PEAK : FIL_REPORT_OUT_OF_MEMORY;
    report->python = python ? python : "";
    read_reason(json, &report->reason);
    report->requested = bytes_of(json, "requested_bytes");
    report->pid = (int)bytes_of(json, "pid");
    double peak;
    if (!whole(cJSON_GetObjectItemCaseSensitive(json, "peak_bytes"), 9e15, &peak))
        return fail(reader, "it has no \"peak_bytes\"");
    s->peak_bytes = (int64_t)peak;
    s->error_bound_bytes = bytes_of(json, "error_bound_bytes");
    s->reserved_bytes = bytes_of(json, "reserved_bytes");
    const cJSON *resident = cJSON_GetObjectItemCaseSensitive(json, "resident");
    s->resident = (struct fil_resident){
        bytes_of(resident, "start_bytes"),
        bytes_of(resident, "at_peak_bytes"),
        bytes_of(resident, "most_bytes"),
        bytes_of(resident, "files_bytes"),
        bytes_of(resident, "allocator_overhead_bytes"),
        bytes_of(resident, "profiler_bytes"),
        read_at_most(cJSON_GetObjectItemCaseSensitive(resident, "at_most")),
    };
    const cJSON *children = cJSON_GetObjectItemCaseSensitive(json, "children");
    int64_t count = bytes_of(children, "count"), running = bytes_of(children, "running");
    s->children = (struct fil_children){
        count > UINT32_MAX ? UINT32_MAX : (uint32_t)count,
        running > UINT32_MAX ? UINT32_MAX : (uint32_t)running,
        bytes_of(children, "largest_resident_bytes"),
        bytes_of(children, "shared_bytes"),
        bytes_of(children, "at_most_bytes"),
    };
    s->started = seconds_of(json, "started");
    s->seconds = seconds_of(json, "seconds");
    s->live_bytes = bytes_of(json, "live_bytes");
    s->peak_at = seconds_of(json, "peak_at_seconds");
    return true;
}

/* The array `name`, with room for `size` bytes for each of its items. */
static const cJSON *array_of(struct reader *reader, const cJSON *json, const char *name,
                             size_t size, void **room, uint32_t *count) {
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(json, name);
    int length = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : -1;
    *room = length >= 0 ? fil_arena_get(reader->arena, (size_t)length * size) : NULL;
    *count = (uint32_t)length;
    return *room ? array : NULL;
}

/* Members that a profile may do without: what isn't as it should be is left out. */
static void read_periods(const cJSON *array, int64_t *figures) {
    const cJSON *item;
    cJSON_ArrayForEach(item, array) {
        double figure;
        *figures++ = whole(item, 9e15, &figure) ? (int64_t)figure : 0;
    }
}

static void read_timeline(struct reader *reader, const cJSON *json, struct fil_snapshot *s) {
    const cJSON *line = cJSON_GetObjectItemCaseSensitive(json, "timeline");
    void *room;
    uint32_t count;
    const cJSON *array = array_of(reader, line, "bytes", sizeof *s->timeline, &room, &count);
    s->timeline_period = seconds_of(line, "bucket_seconds");
    if (!array || s->timeline_period <= 0 || count > FIL_SNAPSHOT_MOST_PERIODS) return;
    s->timeline = room;
    s->timeline_count = count;
    read_periods(array, s->timeline);
    const cJSON *resident =
        array_of(reader, line, "resident_bytes", sizeof *s->timeline_resident, &room, &count);
    if (!resident || count != s->timeline_count) return;
    s->timeline_resident = room;
    read_periods(resident, s->timeline_resident);
}

static bool read_command(struct reader *reader, const cJSON *json, struct fil_report *report) {
    void *room;
    uint32_t count;
    const cJSON *array = array_of(reader, json, "command", sizeof(char *), &room, &count), *item;
    if (!array) return fail(reader, "its \"command\" isn't a list");
    const char **command = room;
    report->command = command;
    cJSON_ArrayForEach(item, array) {
        if (!cJSON_IsString(item)) return fail(reader, "its \"command\" isn't a list of strings");
        command[report->command_count++] = item->valuestring;
    }
    return true;
}

/* Members that a profile may do without; what is no name is left out. */
static void read_named(struct reader *reader, const cJSON *json, const char *name,
                       struct fil_named *named) {
    void *room;
    uint32_t count;
    const cJSON *array = array_of(reader, json, name, sizeof(char *), &room, &count), *item;
    const char **names = room;
    if (!array) return;
    named->names = room;
    cJSON_ArrayForEach(item, array) {
        if (cJSON_IsString(item) && *item->valuestring) names[named->count++] = item->valuestring;
    }
}

static bool read_functions_1(struct reader *reader, const cJSON *array, struct fil_snapshot *s) {
    struct fil_function *f = s->functions;
    const cJSON *item;
    cJSON_ArrayForEach(item, array) {
        f->name = text_of(item, "name");
        f->file = text_of(item, "file");
        double line;
        if (!f->name || !f->file ||
            !whole(cJSON_GetObjectItemCaseSensitive(item, "first_line"), UINT32_MAX, &line)) {
            return fail(reader, "a function has no \"name\", \"file\" or \"first_line\"");
        }
        f++->first_line = (uint32_t)line;
    }
    return true;
}

/* The file of each path; the packages follow from the files. NULL with a sentence. */
static const char **read_paths(struct reader *reader, const cJSON *json, uint32_t *count) {
    void *room;
    const cJSON *array = array_of(reader, json, "paths", sizeof(char *), &room, count), *item;
    const char **file = room;
    cJSON_ArrayForEach(item, array) {
        const cJSON *name = cJSON_IsArray(item) ? item->child : NULL;
        if (!cJSON_IsString(name)) array = NULL;
        if (!array) break;
        *file++ = name->valuestring;
    }
    if (!array) fail(reader, "its \"paths\" aren't a list of [file, package]");
    return array ? room : NULL;
}

static bool read_functions_2(struct reader *reader, const cJSON *json, const cJSON *array,
                             struct fil_snapshot *s) {
    uint32_t path_count;
    const char **paths = read_paths(reader, json, &path_count);
    struct fil_function *f = s->functions;
    const cJSON *item;
    if (!paths) return false;
    cJSON_ArrayForEach(item, array) {
        const cJSON *name = cJSON_IsArray(item) ? item->child : NULL,
                    *path = name ? name->next : NULL;
        double number, line;
        if (!cJSON_IsString(name) || !path_count || !whole(path, path_count - 1, &number) ||
            !whole(path->next, UINT32_MAX, &line))
            return fail(reader,
                        "a function isn't [name, path, first line] with a path that exists");
        *f++ = (struct fil_function){name->valuestring, paths[(uint32_t)number], (uint32_t)line};
    }
    return true;
}

static bool read_functions(struct reader *reader, const cJSON *json, struct fil_snapshot *s) {
    void *room;
    const cJSON *array =
        array_of(reader, json, "functions", sizeof *s->functions, &room, &s->function_count);
    if (!array || s->function_count == 0) return fail(reader, "it has no \"functions\"");
    s->functions = room;
    return reader->version == 1 ? read_functions_1(reader, array, s)
                                : read_functions_2(reader, json, array, s);
}

static bool read_nodes(struct reader *reader, const cJSON *json, struct fil_snapshot *s) {
    void *room;
    const cJSON *array = array_of(reader, json, "nodes", sizeof *s->nodes, &room, &s->node_count),
                *item;
    if (!array || s->node_count == 0) return fail(reader, "it has no \"nodes\"");
    s->nodes = room;
    uint32_t index = 0;
    double all = 0; /* equal nodes are added up */
    cJSON_ArrayForEach(item, array) {
        double v[5];
        const cJSON *field = cJSON_IsArray(item) ? item->child : NULL;
        for (int i = 0; i < 5; i++, field = field->next) {
            if (!field || !whole(field, i == 3 ? 9e15 : UINT32_MAX, &v[i]))
                return fail(reader, "a node isn't five whole numbers");
        }
        if (index ? v[0] >= index : v[0] != 0)
            return fail(reader, "a node's parent doesn't stand before it");
        if (v[1] >= s->function_count) return fail(reader, "a node's function doesn't exist");
        if (index && v[1] == 0) return fail(reader, "a node has the root's function");
        if ((all += v[3] > 0 ? v[3] : 0) > 9e15)
            return fail(reader, "its nodes have more bytes than can be");
        s->nodes[index++] =
            (struct fil_snapshot_node){(uint32_t)v[0], (uint32_t)v[1], (uint32_t)v[2],
                                       (uint32_t)v[4], (int64_t)v[3],  (int64_t)v[3]};
    }
    return true;
}

/* Absent: the main thread alone. */
static bool read_threads(struct reader *reader, const cJSON *json, struct fil_snapshot *s) {
    static const char *const main_thread[] = {"MainThread"};
    s->threads = main_thread;
    s->thread_count = 1;
    if (!cJSON_HasObjectItem(json, "threads")) return true;
    void *room;
    const cJSON *array = array_of(reader, json, "threads", sizeof(char *), &room, &s->thread_count),
                *item;
    if (!array || s->thread_count == 0)
        return fail(reader, "its \"threads\" aren't a list of names");
    const char **name = room;
    s->threads = room;
    cJSON_ArrayForEach(item, array) {
        if (!cJSON_IsString(item)) return fail(reader, "its \"threads\" aren't a list of names");
        *name++ = item->valuestring;
    }
    return true;
}

/* Parts of the snapshot's nodes, of one moment; none where `json` has none. */
static bool read_parts(struct reader *reader, const cJSON *json, const struct fil_snapshot *s,
                       struct fil_snapshot_part **parts, uint32_t *count) {
    if (!cJSON_HasObjectItem(json, "parts")) return true;
    void *room;
    const cJSON *array = array_of(reader, json, "parts", sizeof **parts, &room, count), *item;
    if (!array) return fail(reader, "its \"parts\" aren't a list");
    struct fil_snapshot_part *part = *parts = room;
    const double most[5] = {s->node_count - 1, s->thread_count - 1, FIL_KINDS - 1, 9e15, 9e15};
    cJSON_ArrayForEach(item, array) {
        double v[5];
        const cJSON *field = cJSON_IsArray(item) ? item->child : NULL;
        for (int i = 0; i < 5; i++, field = field->next) {
            if (!field || !whole(field, most[i], &v[i]))
                return fail(reader, "a part isn't five whole numbers of what exists");
        }
        *part++ = (struct fil_snapshot_part){(uint32_t)v[0], (uint16_t)v[1], (uint16_t)v[2],
                                             (int64_t)v[3], (int64_t)v[4]};
    }
    return true;
}

/* What differs from the nodes' self bytes at the peak. */
static bool read_end_nodes(struct reader *reader, const cJSON *json, struct fil_snapshot *s) {
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(json, "nodes"), *item;
    double all = 0; /* equal nodes are added up */
    if (!cJSON_IsArray(array)) return fail(reader, "its \"end\" has no \"nodes\"");
    cJSON_ArrayForEach(item, array) {
        const cJSON *field = cJSON_IsArray(item) ? item->child : NULL;
        double node, bytes;
        if (!field || !whole(field, s->node_count - 1, &node) || !field->next ||
            !whole(field->next, 9e15, &bytes))
            return fail(reader, "a node of its \"end\" isn't [node, bytes] of a node that exists");
        s->nodes[(uint32_t)node].at_end = (int64_t)bytes;
    }
    for (uint32_t i = 0; i < s->node_count; i++) all += (double)s->nodes[i].at_end;
    return all <= 9e15 || fail(reader, "the nodes of its \"end\" have more bytes than can be");
}

/* Absent where the end isn't known. */
static bool read_end(struct reader *reader, const cJSON *json, struct fil_snapshot *s) {
    const cJSON *end = cJSON_GetObjectItemCaseSensitive(json, "end");
    if (!end) return true;
    s->end.is_known = true;
    s->end.is_now = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(end, "now"));
    s->end.bytes = bytes_of(end, "bytes");
    return read_end_nodes(reader, end, s) &&
           read_parts(reader, end, s, &s->end.parts, &s->end.part_count);
}

static bool read_files(struct reader *reader, const cJSON *json, struct fil_snapshot *s) {
    if (!cJSON_HasObjectItem(json, "files")) return true;
    void *room;
    const cJSON *array = array_of(reader, json, "files", sizeof *s->files, &room, &s->file_count),
                *item;
    if (!array) return fail(reader, "its \"files\" aren't a list");
    s->files = room;
    struct fil_snapshot_file *file = s->files;
    cJSON_ArrayForEach(item, array) {
        double node;
        const char *path = text_of(item, "path"), *moment = text_of(item, "moment");
        bool at_most = moment && strcmp(moment, "resident") == 0;
        if (!path ||
            !whole(cJSON_GetObjectItemCaseSensitive(item, "node"), s->node_count - 1, &node))
            return fail(reader, "a file has no \"path\" or no \"node\" that exists");
        *file++ = (struct fil_snapshot_file){path, (uint32_t)node, bytes_of(item, "mapped_bytes"),
                                             bytes_of(item, "resident_bytes"), at_most};
    }
    return true;
}

static bool read_sources(struct reader *reader, const cJSON *json, struct fil_report *report) {
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(json, "sources"), *file, *line;
    size_t count = 0;
    cJSON_ArrayForEach(file, files) count += (size_t)cJSON_GetArraySize(file);
    report->sources = fil_arena_get(reader->arena, (count + 1) * sizeof *report->sources);
    if (!report->sources) return fail(reader, "there is no memory to read it");
    cJSON_ArrayForEach(file, files) {
        cJSON_ArrayForEach(line, file) {
            uint32_t number = 0;
            for (const char *c = line->string ? line->string : ""; *c >= '0' && *c <= '9'; c++)
                number = number * 10 + (uint32_t)(*c - '0');
            if (!file->string || !number || !cJSON_IsString(line))
                return fail(reader, "its \"sources\" aren't lines by number");
            report->sources[report->source_count++] =
                (struct fil_source_line){file->string, number, line->valuestring};
        }
    }
    return true;
}

/* The texts, by file, as fil_passage has them; absent where an older version wrote it. */
static bool read_passages(struct reader *reader, const cJSON *json, struct fil_report *report) {
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(json, "texts"), *file, *item;
    size_t count = 0;
    cJSON_ArrayForEach(file, files) count += (size_t)cJSON_GetArraySize(file);
    report->passages = fil_arena_get(reader->arena, (count + 1) * sizeof *report->passages);
    if (!report->passages) return fail(reader, "there is no memory to read it");
    cJSON_ArrayForEach(file, files) {
        cJSON_ArrayForEach(item, file) {
            const cJSON *first = cJSON_IsArray(item) ? item->child : NULL;
            double line;
            if (!file->string || !first || !whole(first, INT32_MAX, &line) || line < 1 ||
                !cJSON_IsString(first->next))
                return fail(reader, "its \"texts\" aren't lists of [line, text]");
            report->passages[report->passage_count++] =
                (struct fil_passage){file->string, (uint32_t)line, first->next->valuestring};
        }
    }
    return true;
}

int fil_report_parse(const char *json_text, size_t length, struct fil_report *report, char *error,
                     size_t error_size) {
    struct reader reader = {.arena = fil_arena_new(), .error = error, .error_size = error_size};
    struct fil_snapshot *snapshot =
        reader.arena ? fil_arena_get(reader.arena, sizeof *snapshot) : NULL;
    *report = (struct fil_report){
        .snapshot = snapshot, .package_dir = "", .cwd = "", .arena = reader.arena};
    bool good = snapshot != NULL;
    const cJSON *json = NULL;
    if (!good) fail(&reader, "there is no memory to read it");
    if (good) {
        fil_cjson_begin(reader.arena);
        json = cJSON_ParseWithLength(json_text, length);
        fil_cjson_end();
        if (!json) good = fail(&reader, "it isn't JSON");
        else if (!cJSON_IsObject(json)) good = fail(&reader, "it isn't a JSON object");
        good = good && read_header(&reader, json, report, snapshot) &&
               read_command(&reader, json, report) && read_functions(&reader, json, snapshot) &&
               read_nodes(&reader, json, snapshot) && read_threads(&reader, json, snapshot) &&
               read_parts(&reader, json, snapshot, &snapshot->parts, &snapshot->part_count) &&
               read_end(&reader, json, snapshot) && read_files(&reader, json, snapshot) &&
               read_sources(&reader, json, report) && read_passages(&reader, json, report);
    }
    if (good) read_timeline(&reader, json, snapshot);
    if (good) read_named(&reader, json, "own", &report->own);
    if (good) read_named(&reader, json, "program", &report->program);
    if (good) read_named(&reader, json, "installed", &report->installed);
    if (good) fil_report_sort_sources(report);
    if (good) return 0;
    fil_report_free(report);
    return -1;
}
