/* SPDX-License-Identifier: Apache-2.0 */
/* usage FILE PROGRAM ARGUMENT...: runs a program and writes into FILE what it took: CPU and wall
 * seconds, the most resident memory in bytes, when it ended, and how, as JSON.
 *
 * Python can't ask wait4 itself: a process that is forked from a large one has that one's size as
 * its own maximum of resident memory, which exec doesn't take back. This one is small. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static double seconds(struct timeval time) {
    return time.tv_sec + time.tv_usec / 1e6;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    double begun = seconds_of(CLOCK_MONOTONIC);
    pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) {
        execvp(arguments[2], arguments + 2);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) != child) return 2;
    double wall = seconds_of(CLOCK_MONOTONIC) - begun, ended = seconds_of(CLOCK_REALTIME);
    FILE *file = fopen(arguments[1], "w");
    if (!file) return 2;
    int code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    fprintf(file,
            "{\"cpu\": %.6f, \"wall\": %.6f, \"rss\": %ld, \"ended_at\": %.6f, \"code\": %d}\n",
            cpu, wall, usage.ru_maxrss * 1024, ended, code);
    return fclose(file) ? 2 : 0;
}
