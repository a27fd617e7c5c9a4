# SPDX-License-Identifier: Apache-2.0
"""Children of every make: none writes the parent's report, and none hangs on a lock that another
thread of the parent held."""

import concurrent.futures
import ctypes
import multiprocessing
import os
import pty
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings

from surroundings import call

warnings.filterwarnings(
    "ignore", message=".*fork", category=DeprecationWarning
)  # since 3.12, with threads
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = (
    ctypes.c_void_p,
    [ctypes.c_size_t],
    [ctypes.c_void_p],
)
library = ctypes.CDLL(os.environ["FAULT_LIBRARIES"] + "/children.so")
WITHOUT_US = (
    "import os; print(os.environ.get('LD_PRELOAD'), 'filshim' in "
    "open('/proc/self/maps').read(), flush=True)"
)


def _allocate():
    """Objects, blocks of libc, mappings; some stay."""
    kept = [[number] * 3 for number in range(500)] + [bytearray(300_000)]
    for size in (10, 1000, 100_000, 5_000_000):
        libc.free(libc.malloc(size))
    return kept


def _busy(done):
    while not done.is_set():
        _allocate()


class _BusyThreads:
    """Two threads that allocate all the time."""

    def __enter__(self):
        self.done = threading.Event()
        self.threads = [threading.Thread(target=_busy, args=(self.done,)) for _ in range(2)]
        for thread in self.threads:
            thread.start()

    def __exit__(self, *error):
        self.done.set()
        for thread in self.threads:
            thread.join()


def _codes(count, child, fork=os.fork):
    """How `count` children end, one after the other, which call `child`."""
    codes = set()
    for _ in range(count):
        process = fork()
        if not process:
            child()
            os._exit(7)
        codes.add(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
    return codes


def in_a_thread_while_others_allocate():
    """200 times; no thread of the child frees what its parent's threads held.

    prints: {7}"""
    found = []
    with _BusyThreads():
        thread = threading.Thread(target=lambda: found.append(_codes(200, _allocate)))
        thread.start()
        thread.join()
    print(*found)


def past_libc():
    """The system call itself: libc prepares nothing and runs no handler.

    prints: {7}"""
    number = {"x86_64": 57}.get(os.uname().machine)
    fork = (lambda: libc.syscall(number)) if number else os.fork
    print(_codes(20, _allocate, fork))


def without_exec():
    """The children end as Python does, with all that runs then; grandchildren, too.

    prints: [0, 0, 3, 768]"""
    ends = []
    for code in (0, 3):
        process = os.fork()
        if not process:
            grandchild = os.fork()
            kept = _allocate()
            if not grandchild:
                sys.exit(len(kept) and code)
            os._exit(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]))
        ends += [code, os.waitpid(process, 0)[1]]
    print(sorted(ends))


def that_die():
    """Children that are killed, abort, raise: none is taken for the program's own end.

    prints: [-15, -11, -9, -6, 1]"""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ends = []
    for number in (signal.SIGTERM, signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT, None):
        process = os.fork()
        if not process:
            kept = _allocate()
            if number:
                os.kill(os.getpid(), number)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            raise ValueError(kept)
        ends.append(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
    print(sorted(ends))


def that_outlive_the_program():
    """The child ends after the report was written, and the report stays the program's.

    prints: child"""
    parent = os.getpid()
    if not os.fork():
        while os.getppid() == parent:
            time.sleep(0.01)
        time.sleep(0.3)
        _allocate()
        print("child", flush=True)
        sys.exit(5)


def with_handlers_that_allocate():
    """Python's and libc's handlers of fork allocate, before it and on both sides.

    prints: {7} / 0"""
    kept = []
    os.register_at_fork(
        before=lambda: kept.append(_allocate()),
        after_in_child=lambda: kept.append(_allocate()),
        after_in_parent=kept.clear,
    )
    library.allocate_at_fork()
    print(_codes(20, _allocate), flush=True)
    print(len(kept))


def in_a_c_thread():
    """A thread that Python doesn't know forks, and the child makes threads that allocate.

    prints: 0"""
    with _BusyThreads():
        print(sum(library.fork_in_thread() for _ in range(20)))


def vfork():
    """The child runs in the parent's memory until it execs, and allocates there.

    prints: 0 / None False"""
    print(sum(library.vfork_and_allocate() for _ in range(20)), flush=True)
    library.vfork_and_exec(sys.executable.encode(), b"-c", WITHOUT_US.encode())


def posix_spawn():
    """With file actions and a signal mask, while others allocate.

    prints: None False / {0}"""
    codes = set()
    with _BusyThreads():
        for number in range(20):
            code = WITHOUT_US if not number else "pass"
            actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)]
            process = os.posix_spawn(
                sys.executable,
                [sys.executable, "-Sc", code],
                os.environ,
                file_actions=actions,
                setsigmask=[signal.SIGUSR1],
            )
            codes.add(os.waitpid(process, 0)[1])
    print(codes)


def subprocesses():
    """Closing all descriptors, keeping one, with code between fork and exec, in a session of its
    own.

    prints: None False / None False / None False / ['0', '1', '2', '3'] / 4"""
    with _BusyThreads():
        for how in (
            {"close_fds": False},
            {"preexec_fn": _allocate},
            {"start_new_session": True, "restore_signals": False},
        ):
            print(
                subprocess.run(
                    [sys.executable, "-c", WITHOUT_US], capture_output=True, text=True, **how
                ).stdout,
                end="",
                flush=True,
            )
    listing = subprocess.run(
        [sys.executable, "-c", "import os; print(sorted(os.listdir('/proc/self/fd')))"],
        close_fds=True,
        capture_output=True,
        text=True,
    )
    print(listing.stdout, end="")
    print(len(subprocess.run(["cat"], input="text", capture_output=True, text=True).stdout))


def environment_of_children():
    """Theirs is the program's, as it is and in its order, by exec, spawn and system.

    prints: True True True"""
    line, found = ["/usr/bin/env", "-0"], []
    for how in ({}, {"preexec_fn": _allocate}, {"shell": True}):
        ran = subprocess.run(
            "exec /usr/bin/env -0" if how.get("shell") else line,
            stdout=subprocess.PIPE,
            check=True,
            **how,
        ).stdout
        entries = [
            entry
            for entry in ran.split(b"\0")
            if entry and not entry.startswith((b"_=", b"PWD=", b"OLDPWD=", b"SHLVL="))
        ]
        mine = [
            b"%s=%s" % pair
            for pair in os.environb.items()
            if pair[0] not in (b"_", b"PWD", b"OLDPWD", b"SHLVL")
        ]
        found.append(sorted(entries) == sorted(mine) if how.get("shell") else entries == mine)
    print(*found)


def terminals():
    """forkpty, with a child that allocates.

    prints: child 500"""
    process, terminal = pty.fork()
    if not process:
        print("child", len(_allocate()) - 1, flush=True)
        os._exit(0)
    os.waitpid(process, 0)
    print(os.read(terminal, 100).decode().strip())


def _square(number):
    _allocate()
    return number * number


def multiprocessing_of_each_sort():
    """Pools, queues and a manager's process.

    prints: fork [0, 1, 4, 9] 12 / spawn [0, 1, 4, 9] 12 / forkserver [0, 1, 4, 9] 12 / {'a': 1}"""
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        queue = context.SimpleQueue()
        process = context.Process(target=queue.put, args=(12,))
        process.start()
        with context.Pool(2) as pool:
            print(method, pool.map(_square, range(4)), queue.get(), flush=True)
        process.join()
    with multiprocessing.get_context("fork").Manager() as manager:
        shared = manager.dict(a=1)
        print(dict(shared), flush=True)


def process_pools():
    """The executor's threads and processes, whose fork comes from a thread.

    prints: [0, 1, 4, 9, 16, 25, 36, 49] / BrokenProcessPool"""
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        print(list(pool.map(_square, range(8))))
    try:
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
            pool.submit(os._exit, 3).result()
    except concurrent.futures.process.BrokenProcessPool as error:
        print(type(error).__name__)


def exec_in_a_thread():
    """The process becomes another one, while others allocate; a report is there all the same.

    prints: None False
    ends: 6"""
    for _ in range(2):
        threading.Thread(target=_busy, args=(threading.Event(),), daemon=True).start()
    code = WITHOUT_US + "; os._exit(6)"
    thread = threading.Thread(target=os.execv, args=(sys.executable, [sys.executable, "-c", code]))
    thread.start()
    time.sleep(60)


def daemons():
    """Forked twice, in a session of its own, every descriptor closed: it works on and leaves a
    file.

    prints: done"""
    if not os.fork():
        os.setsid()
        if not os.fork():
            os.closerange(0, 4096)
            os.open("/dev/null", os.O_RDWR)
            kept = _allocate()
            with open("daemon.new", "w") as file:
                file.write(f"{len(kept)} {file.fileno()}")
            os.rename("daemon.new", "daemon")
            os._exit(0)
        os._exit(0)
    os.wait()
    while not os.path.exists("daemon"):
        time.sleep(0.01)
    print("done")


def program_that_closes_every_descriptor():
    """The program itself does: its own files take their place, and nothing of ours goes into
    them."""
    os.closerange(0, 4096)
    for number in range(4):
        assert os.open(f"file{number}", os.O_CREAT | os.O_RDWR) == number
    os.write(2, b"the program's")
    _allocate()


if __name__ == "__main__":
    call(globals())
