/* SPDX-License-Identifier: Apache-2.0 */
/* Signals that are ours as long as the program doesn't want them. It finds the default in their place; once it says itself what
 * is to be done with one, or waits for it, it is the program's alone: none that was meant for us reaches the program, and ours
 * becomes another one where there are more to choose from. No lock. */
#ifndef FIL_SIGNALS_H
#define FIL_SIGNALS_H

#include <signal.h>

/* Handles the first of the signals `from` down to `to` that has its default; its number, or 0. `moved`, which may be NULL, is
 * told when another one takes its place (0: none does), and returns when nobody sends the old one any more. Whoever sends it to
 * us gives it the value `value`. At most two in a process. */
int fil_signals_take(int from, int to, int value, void (*handler)(int, siginfo_t *, void *), void (*moved)(int number));

/* The program is about to say what is to be done with the signal. */
void fil_signals_leave(int number);

#endif
