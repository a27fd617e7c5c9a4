/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what one process can see of another, and do to it. fil_process_look is its main entry. */
#define _GNU_SOURCE
#include "process.h"

#include <fcntl.h>
#include <linux/ioctl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os.h"
#include "proc_linux.h"
#include "syscall_linux.h"

/* Fields of /proc/PID/stat, as proc(5) numbers them. The second is the name in parentheses, in
 * which anything may stand. */
enum {
    STATE = 3,
    FLAGS = 9,
    USER_TIME = 14,
    SYSTEM_TIME = 15,
    START = 22,
    VIRTUAL_BYTES = 23,
    EXIT_CODE = 52
};
/* The kernel's PF_EXITING and PF_FORKNOEXEC, among a process's flags. */
enum { IS_EXITING = 0x4, FORKED = 0x40 };

/* A number may have a sign. */
static int64_t number_at(const char *text) {
    bool negative = *text == '-';
    int64_t number = 0;
    for (text += negative; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (*text - '0');
    return negative ? -number : number;
}

static void copy_name(const char *text, const char *end, struct fil_process *process) {
    const char *name = strchr(text, '(');
    size_t length = name ? (size_t)(end - name) - 1 : 0;
    if (length >= sizeof process->name) length = sizeof process->name - 1;
    if (length) memcpy(process->name, name + 1, length);
}

bool fil_process_look(int process_id, struct fil_process *process) {
    char path[FIL_PROC_PATH], text[1024];
    fil_proc_path(process_id, "/stat", path);
    if (!fil_proc_text(path, text, sizeof text)) return false;
    const char *at = strrchr(text, ')');
    *process = (struct fil_process){0};
    if (at) copy_name(text, at, process);
    for (int field = STATE; at && (at = strchr(at, ' ')); field++) {
        at++;
        if (field == STATE) process->state = *at;
        if (field == FLAGS) {
            process->is_exiting = number_at(at) & IS_EXITING;
            process->is_copy = number_at(at) & FORKED;
        }
        if (field == USER_TIME || field == SYSTEM_TIME) process->worked += number_at(at);
        if (field == START) process->start = number_at(at);
        if (field == VIRTUAL_BYTES) process->virtual_bytes = number_at(at);
        if (field == EXIT_CODE) process->wait_status = (int)number_at(at);
    }
    return process->state != 0;
}

int fil_process_open(int process_id) {
    return (int)fil_syscall(SYS_pidfd_open, process_id, 0, 0, 0, 0, 0);
}

/* 16 hexadecimal digits, the last bit for signal 1. */
static bool is_in(const char *digits, int signal) {
    uint64_t set = 0;
    for (; *digits; digits++) {
        const char *all = "0123456789abcdef", *digit = strchr(all, *digits);
        if (digit) set = set << 4 | (uint64_t)(digit - all);
    }
    return signal >= 1 && signal <= 64 && (set >> (signal - 1) & 1);
}

static bool open_status(int process_id, struct fil_proc_lines *lines) {
    char path[FIL_PROC_PATH];
    fil_proc_path(process_id, "/status", path);
    return fil_proc_open(lines, path);
}

bool fil_process_takes(int process_id, int signal) {
    static const char handled[] = "SigCgt:", blocked[] = "SigBlk:";
    struct fil_proc_lines lines;
    bool handles = false, blocks = false;
    if (!open_status(process_id, &lines)) return false;
    for (const char *line; (line = fil_proc_line(&lines));) {
        if (strncmp(line, handled, sizeof handled - 1) == 0)
            handles = is_in(line + sizeof handled - 1, signal);
        if (strncmp(line, blocked, sizeof blocked - 1) == 0)
            blocks = is_in(line + sizeof blocked - 1, signal);
    }
    fil_proc_close(&lines);
    return handles && !blocks;
}

/* The last of the four numbers behind the label: "Uid:", then the real one, the effective, the
 * saved, and the file system's. */
static bool last_of_four(const char *line, const char *label, uint32_t *number) {
    size_t length = strlen(label);
    const char *last = strrchr(line, '\t');
    if (strncmp(line, label, length) != 0 || !last) return false;
    *number = (uint32_t)number_at(last + 1);
    return true;
}

bool fil_process_owner(int process_id, uint32_t *user, uint32_t *group) {
    struct fil_proc_lines lines;
    bool has_user = false, has_group = false;
    if (!open_status(process_id, &lines)) return false;
    for (const char *line; (line = fil_proc_line(&lines));) {
        has_user = has_user || last_of_four(line, "Uid:", user);
        has_group = has_group || last_of_four(line, "Gid:", group);
    }
    fil_proc_close(&lines);
    return has_user && has_group;
}

/* libc's functions would do it for all threads. */
void fil_process_act_as(uint32_t user, uint32_t group) {
    fil_syscall(SYS_setgroups, 0, 0, 0, 0, 0, 0);
    fil_syscall(SYS_setfsgid, group, 0, 0, 0, 0, 0);
    fil_syscall(SYS_setfsuid, user, 0, 0, 0, 0, 0);
}

void fil_process_signal(int process_id, int fd, int signal, int value) {
    siginfo_t info = {.si_signo = signal, .si_code = SI_QUEUE};
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = value;
    if (fd >= 0) fil_syscall(SYS_pidfd_send_signal, fd, signal, (long)&info, 0, 0, 0);
    else fil_syscall(SYS_rt_sigqueueinfo, process_id, signal, (long)&info, 0, 0, 0);
}

/* Linux before 5.9 has them closed one by one: as many as there may be, but for what no program
 * ever had. */
void fil_process_close_range(unsigned first, unsigned last) {
    struct rlimit most = {0, 0};
    if (first > last || fil_syscall(SYS_close_range, first, last, 0, 0, 0, 0) == 0) return;
    getrlimit(RLIMIT_NOFILE, &most);
    for (unsigned fd = first; fd <= last && fd < most.rlim_cur && fd < 65536; fd++)
        fil_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
}

const char *fil_process_signal_name(int number) {
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {SIGHUP, "SIGHUP"},   {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},
        {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
        {SIGKILL, "SIGKILL"}, {SIGUSR1, "SIGUSR1"}, {SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"},
        {SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"}, {SIGXCPU, "SIGXCPU"},
        {SIGXFSZ, "SIGXFSZ"}, {SIGSYS, "SIGSYS"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].number == number) return names[i].name;
    }
    return "signal";
}

/* Linux 6.15's PIDFD_GET_INFO, which not every machine's headers have. */
struct pidfd_info {
    uint64_t mask, cgroup_id;
    uint32_t ids[11];
    int32_t exit_code;
};
#define GET_INFO _IOWR(0xFF, 11, struct pidfd_info)
#define INFO_EXIT ((uint64_t)1 << 3)

bool fil_process_ended(int fd, int *wait_status) {
    struct pidfd_info info = {.mask = INFO_EXIT};
    if (fil_syscall(SYS_ioctl, fd, (long)GET_INFO, (long)&info, 0, 0, 0) != 0 ||
        !(info.mask & INFO_EXIT))
        return false;
    *wait_status = info.exit_code;
    return true;
}

int fil_process_open_pages(int process_id) {
    char path[FIL_PROC_PATH];
    fil_proc_path(process_id, "/pagemap", path);
    return (int)fil_syscall(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
}

/* A run of touched pages ends the known ones at the beginning, or begins behind them. */
static int64_t add_run(uint64_t start, uint64_t end, uint64_t *full) {
    if (start == *full) *full = end;
    return (int64_t)(end - start);
}

/* As in <linux/fs.h> since Linux 6.7. */
struct region {
    uint64_t start, end, categories;
};
struct scan {
    uint64_t size, flags, start, end, walk_end, regions, count, most_pages;
    uint64_t inverted, all_of, any_of, told;
};
#define SCAN _IOWR('f', 16, struct scan)
#define IS_PRESENT ((uint64_t)1 << 3)
#define IS_SWAPPED ((uint64_t)1 << 4)

/* Adds up the touched bytes; -1 where the system can't. Holes cost nothing. */
static int64_t touched_by_scan(int fd, uint64_t start, uint64_t end, uint64_t *full) {
    enum { REGIONS = 256 };
    struct region regions[REGIONS];
    int64_t touched = 0;
    for (uint64_t at = start; at < end;) {
        struct scan scan = {.size = sizeof scan,
                            .start = at,
                            .end = end,
                            .regions = (uintptr_t)regions,
                            .count = REGIONS,
                            .any_of = IS_PRESENT | IS_SWAPPED,
                            .told = IS_PRESENT | IS_SWAPPED};
        long found = fil_syscall(SYS_ioctl, fd, (long)SCAN, (long)&scan, 0, 0, 0);
        if (found < 0 || scan.walk_end <= at) return -1;
        for (long i = 0; i < found; i++) touched += add_run(regions[i].start, regions[i].end, full);
        at = scan.walk_end;
    }
    return touched;
}

static int64_t touched_by_reading(int fd, uint64_t start, uint64_t end, uint64_t *full) {
    enum { PAGES = 2048 };
    uint64_t entries[PAGES];
    int64_t touched = 0;
    for (uint64_t at = start; at < end; at += PAGES * FIL_OS_PAGE) {
        size_t pages = (size_t)(end - at) / FIL_OS_PAGE;
        if (pages > PAGES) pages = PAGES;
        long got = fil_syscall(SYS_pread64, fd, (long)entries, (long)(pages * sizeof *entries),
                               (long)(at / FIL_OS_PAGE * sizeof *entries), 0, 0);
        if (got != (long)(pages * sizeof *entries)) return -1;
        for (size_t i = 0; i < pages; i++) {
            uint64_t page = at + i * FIL_OS_PAGE;
            if (entries[i] & (FIL_PROC_PAGE_PRESENT | FIL_PROC_PAGE_SWAPPED))
                touched += add_run(page, page + FIL_OS_PAGE, full);
        }
    }
    return touched;
}

int64_t fil_process_untouched_in(int fd, uint64_t start, uint64_t bytes, uint64_t *full) {
    uint64_t first = (start + FIL_OS_PAGE - 1) & ~(uint64_t)(FIL_OS_PAGE - 1),
             end = (start + bytes) & ~(uint64_t)(FIL_OS_PAGE - 1);
    if (*full > first && *full <= end) first = *full;
    if (first >= end) return 0;
    *full = first;
    int64_t touched = touched_by_scan(fd, first, end, full);
    if (touched < 0) {
        *full = first;
        touched = touched_by_reading(fd, first, end, full);
    }
    return touched < 0 ? -1 : (int64_t)(end - first) - touched;
}

int64_t fil_process_resident_bytes(int process_id) {
    char path[FIL_PROC_PATH];
    int64_t files;
    fil_proc_path(process_id, "/statm", path);
    return fil_proc_resident(path, &files);
}
