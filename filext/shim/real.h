/* SPDX-License-Identifier: Apache-2.0 */
/* The real functions behind the interposed names: the next definition after ours, usually libc's,
 * or another preloaded allocator's.
 *
 * Usable from the very first call of the process: until a name is resolved its pointer leads to a
 * resolver, and memory that dlsym itself asks for meanwhile comes from a small boot heap, which is
 * never released. No lock; filled once. */
#ifndef FIL_REAL_H
#define FIL_REAL_H

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <termios.h>
#include <threads.h>
#include <time.h>

typedef void (*fil_signal_handler)(int);

/* NAME(result, name, parameters): every interposed function. Every libc that we run on has the
 * required ones. */
#define FIL_REQUIRED_NAMES(NAME)                                                                   \
    NAME(void *, malloc, (size_t bytes))                                                           \
    NAME(void *, calloc, (size_t count, size_t bytes))                                             \
    NAME(void *, realloc, (void *block, size_t bytes))                                             \
    NAME(void, free, (void *block))                                                                \
    NAME(int, posix_memalign, (void **block, size_t alignment, size_t bytes))                      \
    NAME(void *, aligned_alloc, (size_t alignment, size_t bytes))                                  \
    NAME(void *, mmap,                                                                             \
         (void *start, size_t bytes, int protection, int flags, int fd, off_t offset))             \
    NAME(int, munmap, (void *start, size_t bytes))                                                 \
    NAME(                                                                                          \
        int, pthread_create,                                                                       \
        (pthread_t * thread, const pthread_attr_t *how, void *(*routine)(void *), void *argument)) \
    NAME(pid_t, fork, (void))                                                                      \
    NAME(pid_t, wait4, (pid_t process, int *status, int options, struct rusage *usage))            \
    NAME(char *, getenv, (const char *name))

/* These may be absent: a program calls their hooks only where it links to them, and so only where
 * libc has them. */
#define FIL_OPTIONAL_NAMES(NAME)                                                                   \
    NAME(void *, memalign, (size_t alignment, size_t bytes))                                       \
    NAME(void *, valloc, (size_t bytes))                                                           \
    NAME(void *, pvalloc, (size_t bytes))                                                          \
    NAME(void *, reallocarray, (void *block, size_t count, size_t bytes))                          \
    NAME(void *, mmap64,                                                                           \
         (void *start, size_t bytes, int protection, int flags, int fd, off_t offset))             \
    NAME(void *, mremap, (void *start, size_t old_bytes, size_t new_bytes, int flags, ...))        \
    NAME(void *, shmat, (int id, const void *start, int flags))                                    \
    NAME(int, shmdt, (const void *start))                                                          \
    NAME(void *, sbrk, (intptr_t change))                                                          \
    NAME(int, brk, (void *end))                                                                    \
    NAME(int, mprotect, (void *start, size_t bytes, int protection))                               \
    NAME(int, pkey_mprotect, (void *start, size_t bytes, int protection, int key))                 \
    NAME(int, madvise, (void *start, size_t bytes, int advice))                                    \
    NAME(int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t * mutex))            \
    NAME(int, pthread_cond_timedwait,                                                              \
         (pthread_cond_t * condition, pthread_mutex_t * mutex, const struct timespec *until))      \
    NAME(int, pthread_cond_clockwait,                                                              \
         (pthread_cond_t * condition, pthread_mutex_t * mutex, clockid_t clock,                    \
          const struct timespec *until))                                                           \
    NAME(int, pthread_cond_signal, (pthread_cond_t * condition))                                   \
    NAME(int, pthread_cond_broadcast, (pthread_cond_t * condition))                                \
    NAME(int, sem_post, (sem_t * semaphore))                                                       \
    NAME(int, sem_wait, (sem_t * semaphore))                                                       \
    NAME(int, sem_timedwait, (sem_t * semaphore, const struct timespec *until))                    \
    NAME(int, sem_clockwait, (sem_t * semaphore, clockid_t clock, const struct timespec *until))   \
    NAME(pid_t, _Fork, (void))                                                                     \
    NAME(pid_t, vfork, (void))                                                                     \
    NAME(pid_t, forkpty,                                                                           \
         (int *terminal, char *name, const struct termios *how, const struct winsize *size))       \
    NAME(int, posix_spawn,                                                                         \
         (pid_t * process, const char *path, const posix_spawn_file_actions_t *actions,            \
          const posix_spawnattr_t *how, char *const arguments[], char *const variables[]))         \
    NAME(int, posix_spawnp,                                                                        \
         (pid_t * process, const char *path, const posix_spawn_file_actions_t *actions,            \
          const posix_spawnattr_t *how, char *const arguments[], char *const variables[]))         \
    NAME(int, system, (const char *command))                                                       \
    NAME(FILE *, popen, (const char *command, const char *how))                                    \
    NAME(int, pclose, (FILE * pipe))                                                               \
    NAME(int, waitid, (idtype_t which, id_t id, siginfo_t * info, int options))                    \
    NAME(long, syscall, (long number, ...))                                                        \
    NAME(int, thrd_create, (thrd_t * thread, thrd_start_t routine, void *argument))                \
    NAME(int, sigaction, (int number, const struct sigaction *action, struct sigaction *old))      \
    NAME(fil_signal_handler, signal, (int number, fil_signal_handler handler))                     \
    NAME(fil_signal_handler, ssignal, (int number, fil_signal_handler handler))                    \
    NAME(fil_signal_handler, bsd_signal, (int number, fil_signal_handler handler))                 \
    NAME(fil_signal_handler, sysv_signal, (int number, fil_signal_handler handler))                \
    NAME(fil_signal_handler, __sysv_signal, (int number, fil_signal_handler handler))              \
    NAME(fil_signal_handler, sigset, (int number, fil_signal_handler handler))                     \
    NAME(int, sigwait, (const sigset_t *set, int *number))                                         \
    NAME(int, sigwaitinfo, (const sigset_t *set, siginfo_t *info))                                 \
    NAME(int, sigtimedwait,                                                                        \
         (const sigset_t *set, siginfo_t *info, const struct timespec *patience))                  \
    NAME(int, signalfd, (int fd, const sigset_t *set, int flags))                                  \
    NAME(char *, secure_getenv, (const char *name))                                                \
    NAME(int, kill, (pid_t process, int number))                                                   \
    NAME(int, raise, (int number))                                                                 \
    NAME(void, abort, (void))                                                                      \
    NAME(void, _exit, (int status))                                                                \
    NAME(void, _Exit, (int status))

struct fil_real {
#define NAME(result, name, parameters) result(*name) parameters;
    FIL_REQUIRED_NAMES(NAME) FIL_OPTIONAL_NAMES(NAME)
#undef NAME
};
extern struct fil_real fil_real __attribute__((visibility("hidden")));

/* Resolves all names; idempotent. */
void fil_real_resolve(void);
/* Whether the real malloc is glibc's own. After fil_real_resolve. */
bool fil_real_is_glibc(void);
/* Whether the block came from the boot heap. */
bool fil_real_is_boot(const void *block);
/* How many bytes are left from `block`, which is from the boot heap, to the heap's end. */
size_t fil_real_boot_rest(const void *block);

#endif
