# SPDX-License-Identifier: Apache-2.0
"""A program that takes rights, room or standard streams from itself, and so from the profiler in
it."""

import ctypes
import os
import resource
import shutil
import signal
import sys
import threading

from surroundings import call

NO_STACK = 65534
libc = ctypes.CDLL(None)


def _allocate():
    return [[number] * 3 for number in range(5000)] + [bytearray(3_000_000)]


def _results():
    """The result folder, where there is one."""
    return [os.path.join("out", name) for name in os.listdir("out")] if os.path.isdir("out") else []


def _grow(functions=3000):
    """Needs a call tree of many nodes, more than there was room for at first; gives how many
    functions were called."""
    space = {"kept": []}
    exec("\n".join(f"def f{number}(): kept.append([0] * 30)" for number in range(functions)), space)
    for number in range(functions):
        space[f"f{number}"]()
    return len(space["kept"])


def few_descriptors():
    """20, and all of them taken, then given back.

    prints: True"""
    resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
    taken = []
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        _grow()
    for descriptor in taken:
        os.close(descriptor)
    print(len(taken) > 10)


def no_descriptors_at_the_end():
    """All taken, and the limit can't be raised: there can be no report of its own, and who watches
    writes it, of all that was recorded.

    prints: 3000 30000
    ends: 5"""
    print(_grow(), end=" ")
    resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
    try:
        while True:
            os.open("/dev/null", os.O_RDONLY)
    except OSError:
        print(_grow(30_000), flush=True)
        sys.exit(5)


def files_of_no_size():
    """The signal of a file that grows too large ends who lets it: the program's own files, not
    ours.

    prints: 3000 / too large
    report: none"""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    print(_grow())
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with open("large", "wb", buffering=0) as file:
            while True:
                file.write(bytes(100_000))
    except OSError:
        print("too large")


def no_new_threads():
    """The user may have no more processes: a thread can't be started, and what was prepared for
    it is taken back.

    prints: can't start new thread / 0
    needs: root
    report: none"""
    os.setuid(NO_STACK)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    os.chdir("/")
    for _ in range(1000):
        try:
            threading.Thread(target=_allocate).start()
        except RuntimeError as error:
            why = str(error)
    print(why)
    print(len(threading.enumerate()) - 1, flush=True)
    os._exit(0)


def root_dropped():
    """The program becomes a user that may not write where the report goes, nor see what is in /proc
    of it: the watcher has the rights, makes room for a recording that grows, and writes the
    report.

    prints: 3000 30000 65534
    needs: root"""
    os.chmod(".", 0o777)
    print(_grow(), end=" ")
    os.setgroups([])
    os.setgid(NO_STACK)
    os.setuid(NO_STACK)
    print(_grow(30_000), os.getuid())


def root_dropped_where_anybody_may_write():
    """The same, where the report can be written.

    prints: 3000 65534
    needs: root"""
    os.chmod(".", 0o777)
    for folder in _results():
        os.chmod(folder, 0o777)
    os.setgroups([])
    os.setgid(NO_STACK)
    os.setuid(NO_STACK)
    print(_grow(), os.getuid())


def another_root():
    """The path of the result folder leads nowhere, and nothing is made in its place.

    prints: 3000 30000
    ends: 4
    needs: root"""
    print(_grow(), end=" ")
    os.mkdir("jail")
    os.chroot("jail")
    print(_grow(30_000))
    sys.exit(4)  # without /proc there is nothing to be seen afterwards


def not_dumpable():
    """/proc/self belongs to root.

    prints: 3000 0"""
    libc.prctl(4, 0, 0, 0, 0)
    print(_grow(), libc.prctl(3, 0, 0, 0, 0))


def refused_by_the_kernel():
    """The system calls that a container may forbid fail with EPERM: membarrier, mincore, fallocate,
    pidfd_open, timer_create, process_vm_readv.

    prints: 0 3000"""
    library = ctypes.CDLL(os.environ["FAULT_LIBRARIES"] + "/forbidden.so")
    threading.Thread(target=_allocate).start()
    print(library.forbid(), _grow())
    threading.Thread(target=_allocate).start()
    _allocate()


def result_folder_gone():
    """Away, and the folder above it.

    prints: 3000"""
    shutil.rmtree("out", ignore_errors=True)
    print(_grow())


def result_folder_a_file():
    """A file in its place stays what it is.

    prints: 3000
    report: none"""
    for folder in _results():
        shutil.rmtree(folder)
        with open(folder, "w") as file:
            file.write("mine")
    print(_grow())


def result_folder_gone_and_killed():
    """The watcher makes the folder again.

    prints: 3000
    ends: -9
    report: none"""
    print(_grow(), flush=True)
    shutil.rmtree("out", ignore_errors=True)
    os.kill(os.getpid(), signal.SIGKILL)


def working_folder_gone():
    """The program stands in a folder that isn't there any more.

    prints: 3000"""
    before = os.open(".", os.O_RDONLY)
    os.mkdir("gone")
    os.chdir("gone")
    os.rmdir("../gone")
    print(_grow())
    os.fchdir(before)
    os.close(before)


def streams_closed():
    """Python's own, then the descriptors; and they are others' soon."""
    sys.stdout.close()
    sys.stderr.close()
    os.close(1)
    os.close(2)
    with open("first", "w") as first, open("second", "w") as second:
        first.write(str(first.fileno()))
        second.write(str(second.fileno()))
        first.flush()
        _grow()
        os.kill(os.getpid(), signal.SIGCONT)


def stderr_full():
    """Every write fails, the program's and ours.

    prints: No space left on device"""
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, 2)
    os.close(full)
    try:
        os.write(2, b"x")
    except OSError as error:
        print(error.strerror)


def stdout_full():
    """What Python can't flush at its end is exit code 120.

    ends: 120"""
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, 1)
    os.close(full)
    print("lost")


def stderr_not_blocking():
    """A terminal or pipe that takes nothing more doesn't hold the program up.

    prints: True"""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, bytes(4096))
    except BlockingIOError:
        kept = os.dup(2)
        os.dup2(writing, 2)
    print(_grow() == 3000, flush=True)
    os.dup2(kept, 2)
    for descriptor in (kept, reading, writing):
        os.close(descriptor)


if __name__ == "__main__":
    call(globals())
