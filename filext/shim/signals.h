/* SPDX-License-Identifier: Apache-2.0 */
/* Signals that the profiler uses as long as the program doesn't. The program sees the default
 * action in their place. Once it sets an action for one, or waits for it, the signal is the
 * program's alone: none that was sent to the profiler reaches the program, and the profiler changes
 * to another signal where it may. No lock. */
#ifndef FIL_SIGNALS_H
#define FIL_SIGNALS_H

#include <signal.h>

/* Sets a handler for the first of the signals `from` down to `to` that has its default action;
 * returns its number, or 0. `moved`, which may be NULL, is called with the number of the signal
 * that takes its place (0: none), and returns when the old one isn't sent any more. A sender marks
 * the profiler's signals by `value`. At most two in a process. */
int fil_signals_take(int from, int to, int value, void (*handler)(int, siginfo_t *, void *),
                     void (*moved)(int number));

/* The program is about to set an action for the signal. */
void fil_signals_leave(int number);

#endif
