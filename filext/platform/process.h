/* SPDX-License-Identifier: Apache-2.0 */
/* A process, as the system describes it to others. One implementation per system: process_linux.c.
 *
 * No function here allocates through malloc, takes a lock or changes errno. */
#ifndef FIL_PROCESS_H
#define FIL_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct fil_process {
    char state;    /* 'R', 'S', …; 'Z': a zombie */
    int64_t start; /* when it began, in the system's ticks: with its id this identifies one process
                      for ever */
    int64_t virtual_bytes; /* 0 once its memory was released */
    int64_t worked;        /* CPU time of all its threads, in the system's ticks */
    bool is_copy;          /* it was forked and made no exec since */
    bool is_exiting;       /* its main thread is ending */
    char name[16];         /* of its program, cut to fit */
    int wait_status; /* of a dying or dead process, as for waitpid; 0 for others, and without the
                        right to read it */
};

/* False when there is no such process. */
bool fil_process_look(int process_id, struct fil_process *process);

/* Returns a descriptor by which the pages of the process can be looked at, for as long as it has
 * the memory that it has now; -1 when there is none, or without the right to. */
int fil_process_open_pages(int process_id);
/* Returns the bytes of whole pages in there that were never touched: neither resident nor in swap.
 * -1 when the system doesn't say: the memory is gone. Shared memory that another process touched
 * counts as never touched. `fd`: of the former function. `*full`: the pages before that address are
 * known to be touched, and aren't looked at; 0: none are. It gets the end of the touched pages at
 * the beginning. */
int64_t fil_process_untouched_in(int fd, uint64_t start, uint64_t bytes, uint64_t *full);
/* Returns its resident memory in bytes; 0 when unknown. */
int64_t fil_process_resident_bytes(int process_id);

/* A descriptor that becomes readable when the process has ended; -1 when there is no such process,
 * or the system has no such descriptors (Linux before 5.3). */
int fil_process_open(int process_id);
/* Closes all descriptors from `first` to `last`. */
void fil_process_close_range(unsigned first, unsigned last);
/* Returns the signal's name, "SIGKILL"; "signal" for a number without a name. */
const char *fil_process_signal_name(int number);
/* Whether the process has a handler for the signal, without which the signal could end it, and its
 * main thread doesn't block the signal: a thread that blocks one may wait for it, as for a message
 * from another process. */
bool fil_process_takes(int process_id, int signal);
/* Returns the user and group by which it opens files. False when there is no such process. */
bool fil_process_owner(int process_id, uint32_t *user, uint32_t *group);
/* The calling thread opens files as this user from now on, in this group alone. Only root can. */
void fil_process_act_as(uint32_t user, uint32_t group);
/* Sends it a signal with a value, as sigqueue does; `fd` (-1: none) makes sure that no other
 * process has got its number. */
void fil_process_signal(int process_id, int fd, int signal, int value);
/* Reads the wait status of a process that has ended; false when the system doesn't say. */
bool fil_process_ended(int fd, int *wait_status);

#endif
