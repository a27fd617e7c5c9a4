/* SPDX-License-Identifier: Apache-2.0 */
/* A process, as the system describes it to others. One implementation per system: process_linux.c.
 *
 * No function here allocates through malloc, takes a lock or changes errno. */
#ifndef FIL_PROCESS_H
#define FIL_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct fil_process {
    char state;            /* 'R', 'S', …; 'Z': dead, its parent hasn't been told yet */
    int64_t start;         /* when it began, in the system's ticks: with its id it names one process for ever */
    int64_t virtual_bytes; /* 0 once its memory was taken down */
    int64_t worked;        /* how long all its threads ran, in the system's ticks */
    bool is_copy;          /* it was forked, and has not become another program since */
    bool is_exiting;       /* its main thread is ending */
    char name[16];         /* of its program, cut to fit */
    int wait_status;       /* of one that is dying or dead, as for waitpid; 0 for others, and when we may not know */
};

/* False when there is no such process. */
bool fil_process_look(int process_id, struct fil_process *process);

/* A descriptor that becomes readable when the process has ended; -1 when there is no such process, or the system has no such
 * descriptors (Linux before 5.3). */
int fil_process_open(int process_id);
/* Closes all descriptors from `first` to `last`. */
void fil_process_close_range(unsigned first, unsigned last);
/* "SIGKILL"; "signal" for one that no name is known of. */
const char *fil_process_signal_name(int number);
/* Whether it has a handler for the signal, without which that could end it, and its main thread doesn't block it: who blocks a
 * signal may wait for it, as for a message from somebody else. */
bool fil_process_takes(int process_id, int signal);
/* Whose files it opens: user and group. False when there is no such process. */
bool fil_process_owner(int process_id, uint32_t *user, uint32_t *group);
/* The calling thread opens files as this user from now on, in this group alone. Only root can. */
void fil_process_act_as(uint32_t user, uint32_t group);
/* Sends it a signal with a value, as sigqueue does; `fd` (-1: there is none) makes sure that it is no other process of the same
 * number. */
void fil_process_signal(int process_id, int fd, int signal, int value);
/* How a process that has ended did, as for waitpid; false when the system doesn't say. */
bool fil_process_ended(int fd, int *wait_status);

#endif
