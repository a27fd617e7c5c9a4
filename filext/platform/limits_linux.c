/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reasons for which a request is refused though memory is left: the process's own limits,
 * those of the system's promises, and the number of mappings. fil_os_memory_limit_forbids is its
 * main entry. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "memory.h"
#include "os.h"
#include "proc_linux.h"
#include "syscall_linux.h"

/* "1.5 GiB" */
static char *append_bytes(char *text, uint64_t bytes) {
    static const char *const units[] = {" bytes", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
    unsigned unit = 0;
    uint64_t one = 1;
    for (; bytes / one >= 1024; one *= 1024) unit++;
    text += fil_proc_append_number(text, bytes / one);
    if (unit) {
        *text++ = '.';
        text += fil_proc_append_number(text, (bytes % one) / (one / 1024) * 10 / 1024);
    }
    return stpcpy(text, units[unit]);
}

/* The kernel counts in pages. */
static bool is_beyond(uint64_t limit, int64_t used_kib, size_t bytes) {
    uint64_t pages = (uint64_t)used_kib * 1024 / FIL_OS_PAGE;
    return pages + bytes / FIL_OS_PAGE + (bytes % FIL_OS_PAGE != 0) > limit / FIL_OS_PAGE;
}

/* Where the administrator lets the system promise no more memory than it has. */
static bool promises_forbid(size_t bytes, char *text) {
    struct fil_proc_figure promised[] = {{"CommitLimit:", -1}, {"Committed_AS:", -1}};
    if (fil_proc_number("/proc/sys/vm/overcommit_memory") != 2 ||
        !fil_proc_figures("/proc/meminfo", promised, 2))
        return false;
    if (promised[0].value < 0 || promised[1].value < 0) return false;
    uint64_t limit = (uint64_t)promised[0].value * 1024;
    if (!is_beyond(limit, promised[1].value, bytes)) return false;
    *append_bytes(
        stpcpy(text, "the machine's limit of memory promised (vm.overcommit_memory=2) of "),
        limit) = 0;
    return true;
}

bool fil_os_memory_limit_forbids(size_t bytes, char *text) {
    static const struct {
        int resource;
        const char *name;
    } limits[] = {{RLIMIT_AS, "RLIMIT_AS (ulimit -v) of "},
                  {RLIMIT_DATA, "RLIMIT_DATA (ulimit -d) of "}};
    struct fil_proc_figure used[] = {{"VmSize:", -1}, {"VmData:", -1}};
    bool known = false;
    for (int i = 0; i < 2; i++) {
        struct {
            uint64_t now, most;
        } limit;
        if (fil_syscall(SYS_prlimit64, 0, limits[i].resource, 0, (long)&limit, 0, 0) != 0 ||
            limit.now == UINT64_MAX)
            continue;
        if (!known) known = fil_proc_figures("/proc/self/status", used, 2);
        if (used[i].value < 0 || !is_beyond(limit.now, used[i].value, bytes)) continue;
        *append_bytes(stpcpy(text, limits[i].name), limit.now) = 0;
        return true;
    }
    return promises_forbid(bytes, text);
}

bool fil_os_mappings_are_used_up(void) {
    long at = fil_syscall(SYS_mmap, 0, FIL_OS_PAGE, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at != -1) fil_syscall(SYS_munmap, at, FIL_OS_PAGE, 0, 0, 0, 0);
    return at == -1;
}
