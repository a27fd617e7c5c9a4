/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the program filwatch. Its entry is main.
 *
 * filwatch BLACKBOX FOLDER MADE: waits for the end of the process that starts it, and writes the
 * report of its recording where it couldn't do so itself. Where nothing was recorded it removes
 * FOLDER, which is empty then, as it does those around it that were made for it: MADE in all.
 *
 * It disturbs no process: an orphan in a session of its own, with no descriptor but stderr, which
 * signals don't reach. Its parent goes on when the process is being watched; exit code 1: it
 * isn't, and a line says why. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../report/console.h"
#include "../../report/resultfolder.h"
#include "../platform/os.h"
#include "../platform/proc_linux.h"
#include "../platform/process.h"
#include "death.h"
#include "memorywatch.h"
#include "readout.h"
#include "rights.h"
#include "room.h"
#include "touchwatch.h"
#include "unreported.h"

/* How many processes the kernel has killed on this machine for lack of memory; -1: it doesn't say.
 */
static int64_t killed_for_memory(void) {
    struct fil_proc_figure killed = {"oom_kill ", -1};
    fil_proc_figures("/proc/vmstat", &killed, 1);
    return killed.value;
}

static enum fil_reason_end reason_end(enum fil_end end) {
    switch (end) {
    case FIL_END_EXIT: return FIL_REASON_END_EXIT;
    case FIL_END_SIGNAL: return FIL_REASON_END_SIGNAL;
    case FIL_END_EXEC: return FIL_REASON_END_EXEC;
    default: return FIL_REASON_END_UNKNOWN;
    }
}

/* `left`: the program ended as it should, and couldn't write it itself. */
static void write_report(const char *path, const char *folder, struct fil_death death,
                         bool for_memory, bool left) {
    static struct fil_readout readout;
    char end[256], reason[FIL_READOUT_REASON];
    fil_death_describe(death, end, sizeof end);
    if (fil_readout_make(path, fil_os_unix_time(), fil_touchwatch_seen(), &readout, reason) != 0) {
        fil_console_say("%s. No report: %s", end, reason);
        return;
    }
    fil_rights_borrow();
    fil_report_read_sources(&readout.report);
    fil_rights_give_back();
    if (!left && fil_unreported_reason(&readout, end)) {
        readout.report.reason.end = reason_end(death.end);
        readout.report.reason.number = death.number;
        readout.report.reason.for_memory = for_memory;
    }
    readout.report.durable = true;
    if (fil_console_report(&readout.report, folder, "peak-memory", true, NULL)) unlink(path);
    else
        fil_console_say("The recording stays: fil-profile report %s makes the report from it",
                        folder);
    fil_readout_release(&readout);
}

/* Where stdin, stdout or stderr is closed, /dev/null stands there: a file of ours must not. */
static void fill_standard_descriptors(void) {
    int fd;
    do fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) close(fd);
}

/* No descriptor of the program's stays open because of us, since another process may wait for its
 * end; but for stderr, and `kept`. */
static void let_go_of_descriptors(int kept) {
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    if (kept > STDERR_FILENO) fil_process_close_range(STDERR_FILENO + 1, (unsigned)kept - 1);
    fil_process_close_range(kept > STDERR_FILENO ? (unsigned)kept + 1 : STDERR_FILENO + 1, ~0u);
}

static int fail(const char *path, const char *what, int error) {
    fil_console_say("After a kill there will be no report: %s: %s: %s", path, what,
                    strerror(error));
    return 1;
}

int main(int count, char **arguments) {
    sigset_t all;
    if (count != 4) {
        fil_console_say("filwatch is started by fil-profile run");
        return 1;
    }
    fill_standard_descriptors();
    const char *path = arguments[1], *folder = arguments[2];
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return fail(path, "can't open it", errno);
    struct fil_process process;
    struct fil_dying dying = {.process_id = getppid(), .box = path};
    if (!fil_process_look(dying.process_id, &process))
        return fail("/proc", "can't watch the program", ENOENT);
    dying.start = process.start;
    dying.fd = fil_process_open(dying.process_id);
    struct fil_blackbox_head *head =
        mmap(NULL, sizeof *head, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (head == MAP_FAILED) return fail(path, "can't map it", errno);
    fil_memorywatch_begin(&dying,
                          head); /* before the program is there: it may ask for much at once */
    pid_t child = fork();
    if (child < 0) return fail(path, "can't start a process", errno);
    if (child > 0) return 0;
    setsid();
    if (chdir("/") != 0) return 1; /* no folder of the program's is in use because of us */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    let_go_of_descriptors(dying.fd);
    int64_t killed = killed_for_memory();
    fil_rights_look(dying.process_id);
    fil_room_begin(path, dying.process_id, head);
    struct fil_death death = fil_death_wait(&dying, head);
    bool may_be_killed =
        death.end == FIL_END_UNKNOWN || (death.end == FIL_END_SIGNAL && death.number == SIGKILL);
    bool for_memory = may_be_killed && killed_for_memory() > killed;
    bool recorded = head->magic == FIL_BLACKBOX_MAGIC && head->state != FIL_BLACKBOX_NEW;
    if (!recorded) {
        unlink(path);
        fil_resultfolder_remove(folder, strtol(arguments[3], NULL, 10));
    } else if (!head->reported)
        write_report(path, folder, death, for_memory, head->left_error != 0);
    return 0;
}
