/* SPDX-License-Identifier: Apache-2.0 */
/* Owns how much memory is available: the machine's, and that of the control groups.
 * fil_os_memory_read is its main entry.
 *
 * A control group limits the processes in it and in the groups below, so each group on the
 * process's path counts. The memory controller lives in one hierarchy, either version 1's or
 * version 2's, whatever else is mounted. On any doubt a group is left out, for too little that is
 * available is a false alarm. */
#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <string.h>

#include "proc_linux.h"

enum { PATH_ROOM = 512, POINT_ROOM = 128, FILE_ROOM = 32 };

/* A group on the process's path. `path` is that of /proc/self/cgroup, "" for the root; of paths too
 * long an ancestor's. */
struct group {
    int version;
    char path[PATH_ROOM];
    char folder[POINT_ROOM + PATH_ROOM +
                FILE_ROOM]; /* where its files are; with room for their names */
};

/* Where the hierarchy is mounted. To find that takes longer than all the rest, since the system may
 * have any number of mounts, so it is found once. Only the thread that turned FRESH into FILLING
 * writes; all may read once it is READY. */
static struct {
    atomic_int state;
    int version;
    bool holds_process;     /* whether the process's group was in it */
    char root[PATH_ROOM];   /* the group that is mounted */
    char point[POINT_ROOM]; /* where; "" when it isn't mounted */
} mount_found;
enum { FRESH, FILLING, READY };

/* Whether `word` is one of those in a list with commas. */
static bool lists(const char *list, const char *word) {
    size_t length = strlen(word);
    for (; list; list = strchr(list, ',')) {
        if (*list == ',') list++;
        if (strncmp(list, word, length) == 0 && (list[length] == ',' || list[length] == 0))
            return true;
    }
    return false;
}

/* Ends the text at `*at` with the next separator and returns it; `*at` goes behind it, or becomes
 * NULL. */
static char *next_field(char **at, char separator) {
    char *field = *at;
    *at = field ? strchr(field, separator) : NULL;
    if (*at) *(*at)++ = 0;
    return field;
}

/* Removes the last name of a path. */
static bool cut_last(char *path) {
    char *slash = strrchr(path, '/');
    if (slash) *slash = 0;
    return slash != NULL;
}

/* The process's own files: this one's, or another's. */
enum { CGROUP, MOUNTS, STATUS, FILES };
static char process_files[FILES][FIL_PROC_PATH] = {"/proc/self/cgroup", "/proc/self/mountinfo",
                                                   "/proc/self/status"};

void fil_os_memory_of(int process_id) {
    static const char *const names[FILES] = {"/cgroup", "/mountinfo", "/status"};
    for (int i = 0; i < FILES; i++) fil_proc_path(process_id, names[i], process_files[i]);
}

/* Lines as "4:cpu,memory:/path" and "0::/path". A hierarchy of version 1 that has the memory
 * controller is the one. */
static FIL_PROC_APART bool find_own_path(struct group *group) {
    struct fil_proc_lines lines;
    group->version = 0;
    if (!fil_proc_open(&lines, process_files[CGROUP])) return false;
    for (char *at; group->version != 1 && (at = fil_proc_line(&lines));) {
        const char *number = next_field(&at, ':'), *controllers = next_field(&at, ':');
        if (!at || at[0] != '/') continue;
        if (lists(controllers, "memory")) group->version = 1;
        else if (strcmp(number, "0") == 0 && !*controllers) group->version = 2;
        else continue;
        bool whole = strlen(at) < PATH_ROOM;
        if (!whole) at[PATH_ROOM - 1] = 0;
        strcpy(group->path, at);
        if (!whole || strcmp(at, "/") == 0) cut_last(group->path);
    }
    fil_proc_close(&lines);
    return group->version != 0;
}

/* How much of `path` is the path of the mounted root, which it is at or below; -1 when it isn't.
 * From within a namespace groups outside are seen as "/../name"; that is no way to their files. */
static long below(const char *path, const char *root) {
    size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    if (strncmp(path, root, length) != 0) return -1;
    const char *rest = path + length;
    if (*rest && *rest != '/') return -1;
    if (strncmp(rest, "/..", 3) == 0 && (rest[3] == 0 || rest[3] == '/')) return -1;
    return (long)length;
}

/* Blanks, backslashes and the like stand in mountinfo as three octal digits. */
static void unescape(char *text) {
    char *to = text;
    for (; *text; text++) {
        bool escaped = text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
                       text[2] <= '7' && text[3] >= '0' && text[3] <= '7';
        *to++ =
            escaped ? (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0')) : *text;
        if (escaped) text += 3;
    }
    *to = 0;
}

/* Splits "36 35 0:30 /root /point rw,relatime shared:9 - cgroup cgroup rw,memory"; whether it is a
 * mount of the hierarchy. */
static bool is_mount_of(int version, char *line, char **root, char **point) {
    for (int i = 0; i < 3; i++) next_field(&line, ' ');
    *root = next_field(&line, ' ');
    *point = next_field(&line, ' ');
    const char *field;
    while ((field = next_field(&line, ' ')) && strcmp(field, "-") != 0) {
    }
    const char *type = next_field(&line, ' ');
    next_field(&line, ' ');
    if (!type || !line || strcmp(type, version == 1 ? "cgroup" : "cgroup2") != 0) return false;
    if (version == 1 && !lists(line, "memory")) return false;
    unescape(*root);
    unescape(*point);
    return (*root)[0] == '/' && (*point)[0] == '/' && strlen(*point) < POINT_ROOM;
}

/* Finds the mount point: into group->folder, "" without one. Returns how much of the path is the
 * mount's root, -1 when the process's group isn't in it. The last mount that holds the group
 * counts, since a later one may hide an earlier one. */
static FIL_PROC_APART long find_mount(struct group *group) {
    struct fil_proc_lines lines;
    long length = -1;
    group->folder[0] = 0;
    if (!fil_proc_open(&lines, process_files[MOUNTS])) return -1;
    for (char *line, *root, *point; (line = fil_proc_line(&lines));) {
        if (!is_mount_of(group->version, line, &root, &point)) continue;
        long now = below(group->path, root);
        if (now < 0 && group->folder[0]) continue;
        strcpy(group->folder, point);
        length = now < 0 ? length : now;
    }
    fil_proc_close(&lines);
    return length;
}

/* The same from what was found earlier, where it holds for this path. */
static long find_mount_again(struct group *group) {
    if (atomic_load_explicit(&mount_found.state, memory_order_acquire) == READY &&
        mount_found.version == group->version) {
        long length = mount_found.holds_process ? below(group->path, mount_found.root) : -1;
        if (length >= 0 || !mount_found.holds_process) {
            strcpy(group->folder, mount_found.point);
            return length;
        }
    }
    long length = find_mount(group);
    int fresh = FRESH;
    if (group->folder[0] && atomic_compare_exchange_strong(&mount_found.state, &fresh, FILLING)) {
        mount_found.version = group->version;
        mount_found.holds_process = length >= 0;
        if (length > 0) memcpy(mount_found.root, group->path, (size_t)length);
        else strcpy(mount_found.root, "/");
        strcpy(mount_found.point, group->folder);
        atomic_store_explicit(&mount_found.state, READY, memory_order_release);
    }
    return length;
}

/* Calls for a file of the group; its name is appended to the folder for as long. */
static int64_t number_of(struct group *group, const char *file) {
    char *end = group->folder + strlen(group->folder);
    strcpy(end, file);
    int64_t number = fil_proc_number(group->folder);
    *end = 0;
    return number;
}

/* How much of what the group uses can be dropped: page cache and, of the kernel's memory, the
 * caches of names and inodes. Version 1 doesn't tell how much of the kernel's memory these are, and
 * it is mostly these: there all of it counts. -1 when that's unknown. */
static int64_t droppable(struct group *group) {
    bool old = group->version == 1;
    struct fil_proc_figure figures[] = {
        {old ? "total_inactive_file " : "inactive_file ", -1},
        {old ? "total_active_file " : "active_file ", -1},
        {"slab_reclaimable ", -1},
    };
    char *end = group->folder + strlen(group->folder);
    strcpy(end, "/memory.stat");
    bool known = fil_proc_figures(group->folder, figures, old ? 2 : 3);
    *end = 0;
    if (!known || figures[0].value < 0 || figures[1].value < 0) return -1;
    int64_t kernel = old ? number_of(group, "/memory.kmem.usage_in_bytes") : figures[2].value;
    return figures[0].value + figures[1].value + (kernel < 0 ? 0 : kernel);
}

/* "control group /path". Of a long path the end tells more; names may have any bytes but newlines.
 */
static void name_path(char *text, const char *label, const char *path) {
    size_t room = FIL_LIMIT_TEXT - 1 - strlen(label);
    text = stpcpy(text, label);
    if (strlen(path) > room) {
        path += strlen(path) - (room - 3);
        while (((unsigned char)*path & 0xC0) == 0x80) path++; /* within a character */
        text = stpcpy(text, "...");
    }
    for (; *path; path++) *text++ = (unsigned char)*path < ' ' || *path == 127 ? '?' : *path;
    *text = 0;
}

/* Leaves the group out for that file. */
static void leave_out(struct group *group, const char *file, struct fil_os_memory *memory) {
    char *end = group->folder + strlen(group->folder);
    strcpy(end, file);
    name_path(memory->odd, "", group->folder);
    *end = 0;
}

/* Whether a file without a number that we take for one says that there is no limit: "max", a number
 * beyond all memory, or no file, as in the root and where the controller isn't enabled. */
static bool says_no_limit(struct group *group, const char *file) {
    char text[FILE_ROOM], *end = group->folder + strlen(group->folder);
    strcpy(end, file);
    bool readable = fil_proc_text(group->folder, text, sizeof text);
    *end = 0;
    size_t digits = readable ? strspn(text, "0123456789") : 0;
    return !readable || strcmp(text, "max\n") == 0 ||
           (digits && strspn(text + digits, "\n") == strlen(text + digits));
}

/* Lowers the figures to what the group leaves. A limit that is more than the machine's memory is
 * none. */
static void consider(struct group *group, int64_t machine, struct fil_os_memory *memory) {
    bool old = group->version == 1;
    const char *limit_file = old ? "/memory.limit_in_bytes" : "/memory.max";
    const char *used_file = old ? "/memory.usage_in_bytes" : "/memory.current";
    int64_t limit = number_of(group, limit_file);
    if (limit <= 0 && !says_no_limit(group, limit_file)) leave_out(group, limit_file, memory);
    if (limit <= 0 || limit > machine) return;
    int64_t used = number_of(group, used_file);
    if (used < 0) {
        leave_out(group, used_file, memory);
        return;
    }
    if (limit - used < memory->available) { /* else it isn't the tightest, whatever can be dropped;
                                               that file takes longest */
        int64_t drop = droppable(group);
        if (drop < 0) {
            leave_out(group, "/memory.stat", memory);
            return;
        }
        used = used > drop ? used - drop : 0;
    }
    if (limit < memory->total) memory->total = limit;
    int64_t available = limit > used ? limit - used : 0;
    if (available >= memory->available) return;
    memory->available = available;
    name_path(memory->limit, "control group ", group->path[0] ? group->path : "/");
}

static void consider_groups(struct fil_os_memory *memory) {
    struct group group;
    int64_t machine = memory->total;
    if (!find_own_path(&group)) return;
    long length = find_mount_again(&group);
    if (!group.folder[0] && group.path[0])
        strcpy(memory->odd, "/sys/fs/cgroup"); /* it has a group, and no way to its files */
    if (!group.folder[0]) return;
    /* A container may see its group under another name; then what is mounted is its group. */
    if (length < 0) length = stpcpy(group.path, group.folder) - group.path;
    size_t point = strlen(group.folder);
    char *rest = group.path + length;
    do {
        strcpy(group.folder + point, rest);
        consider(&group, machine, memory);
    } while (cut_last(rest));
}

/* Kernels before 3.14 don't say what is available. */
static bool consider_machine(struct fil_os_memory *memory) {
    struct fil_proc_figure figures[] = {
        {"MemTotal:", -1}, {"MemAvailable:", -1}, {"SwapTotal:", -1},
        {"MemFree:", -1},  {"Buffers:", -1},      {"Cached:", -1},
    };
    fil_proc_figures("/proc/meminfo", figures, sizeof figures / sizeof *figures);
    int64_t total = figures[0].value, available = figures[1].value,
            swap = figures[2].value < 0 ? 0 : figures[2].value;
    if (available < 0 && figures[3].value >= 0 && figures[4].value >= 0 && figures[5].value >= 0)
        available = figures[3].value + figures[4].value + figures[5].value;
    if (total <= 0 || available < 0) return false;
    memory->total = total * 1024;
    memory->available = available * 1024;
    memory->machine = (total + swap) * 1024;
    strcpy(memory->limit, "the machine");
    return true;
}

void fil_os_memory_give_back(void) {
    int saved = errno;
    malloc_trim(0);
    errno = saved;
}

bool fil_os_memory_read(struct fil_os_memory *memory) {
    *memory = (struct fil_os_memory){.limit = "/proc/meminfo"};
    if (!consider_machine(memory)) return false;
    if (memory->machine > memory->total) { /* without swap there's nothing to ask */
        struct fil_proc_figure swapped = {"VmSwap:", -1};
        if (!fil_proc_figures(process_files[STATUS], &swapped, 1)) {
            strcpy(memory->limit, process_files[STATUS]);
            return false;
        }
        memory->swapped = swapped.value < 0 ? 0 : swapped.value * 1024;
    }
    consider_groups(memory);
    return true;
}
