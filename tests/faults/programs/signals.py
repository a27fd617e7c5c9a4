# SPDX-License-Identifier: Apache-2.0
"""Signals, the program's own and from outside, by default, handled, ignored, and in the middle of
an allocation."""

import ctypes
import faulthandler
import os
import resource
import signal
import subprocess
import sys
import threading

from surroundings import call

libc = ctypes.CDLL(None)
library = ctypes.CDLL(os.environ["FAULT_LIBRARIES"] + "/signals.so")
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allocate():
    return [[number] * 3 for number in range(500)] + [bytearray(300_000)]


def interrupt_by_default():
    """A traceback, and the signal's end.

    prints: before
    ends: -2"""
    print("before", flush=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        _allocate()


def interrupt_handled():
    """KeyboardInterrupt is caught, ten times.

    prints: 10"""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    caught = 0
    while caught < 10:
        try:
            signal.raise_signal(signal.SIGINT)
            _allocate()
        except KeyboardInterrupt:
            caught += len(_allocate()) > 0
    print(caught)


def term_by_default():
    """It ends the program at once.

    ends: -15"""
    os.kill(os.getpid(), signal.SIGTERM)


def alarm_by_default():
    """A timer ends the program while it allocates.

    ends: -14"""
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    while True:
        _allocate()


def term_handled():
    """The handler allocates and ends the program as programs do.

    prints: ending
    ends: 3"""

    def end(number, frame):
        print("ending", flush=True)
        sys.exit(len(_allocate()) > 0 and 3)

    signal.signal(signal.SIGTERM, end)
    os.kill(os.getpid(), signal.SIGTERM)
    while True:
        _allocate()


def every_signal_handled():
    """One handler for all that can have one; each arrives once. (The two that libc keeps for itself
    aren't among them.)

    prints: True"""
    seen, numbers = [], signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
    for number in numbers:
        signal.signal(number, lambda number, frame: seen.append(number))
    for number in numbers:
        os.kill(os.getpid(), number)
        _allocate()
    print(sorted(seen) == sorted(numbers))


def alternate_stack():
    """C's handler allocates on 8 KiB of its own.

    prints: 500"""
    print(library.handle_on_a_small_stack(500, int(signal.SIGUSR1)))


def alternate_stack_of_a_thread():
    """The same in a thread of which Python knows nothing, with the signals of others.

    prints: 500"""
    print(library.handle_in_a_thread(500, int(signal.SIGALRM)))


def segmentation_faults_survived():
    """A program that jumps out of its handler, as those do that let the hardware find their errors.

    prints: 200"""
    print(library.survive_faults(200))


def segmentation_fault_told():
    """faulthandler's traceback and list of extension modules are what they are.

    ends: -11"""
    faulthandler.enable()
    ctypes.string_at(1)


def abort_handled():
    """The handler comes first, then the end.

    prints: handled
    ends: -6"""
    library.say_at_abort()
    _allocate()
    libc.abort()


def usr2_is_the_programs():
    """A handler of the program's own; then none again, which is the end.

    prints: 5
    ends: -12"""
    seen = []
    signal.signal(signal.SIGUSR2, lambda number, frame: seen.append(_allocate()))
    for _ in range(5):
        os.kill(os.getpid(), signal.SIGUSR2)
    print(len(seen), flush=True)
    signal.signal(signal.SIGUSR2, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGUSR2)


def usr2_ignored_and_waited_for():
    """Ignored, blocked, and taken by sigwait.

    prints: 12 []"""
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    os.kill(os.getpid(), signal.SIGUSR2)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    signal.signal(signal.SIGUSR2, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGUSR2)
    _allocate()
    print(int(signal.sigwait([signal.SIGUSR2])), list(signal.sigpending()))


def signal_without_a_use():
    """A signal that no program handles ends it, ours included: SIGRTMAX - 7.

    ends: -57"""
    _allocate()
    os.kill(os.getpid(), signal.SIGRTMAX - 7)


def signal_without_a_use_in_a_child():
    """The same for a forked child.

    prints: 57"""
    child = os.fork()
    if not child:
        _allocate()
        os.kill(os.getpid(), signal.SIGRTMAX - 7)
        os._exit(0)
    print(os.waitpid(child, 0)[1])


def what_stood_before():
    """C finds the default in place of what we handle, until it says otherwise, and then its own.

    prints: 0 0 0 / 1 1 1"""
    libc.signal.restype, libc.signal.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]
    numbers = signal.SIGUSR2, signal.SIGRTMAX - 7, signal.SIGRTMAX - 8
    action = ctypes.create_string_buffer(b"x" * 1024)
    found = []
    for number in numbers:
        libc.sigaction(number, None, action)
        found.append(int.from_bytes(action[:8], "little"))
    print(*found)
    print(
        *(int(libc.signal(number, 1) is None and libc.signal(number, 1) == 1) for number in numbers)
    )


def waited_for_by_all_means():
    """sigwait, sigwaitinfo, sigtimedwait and signalfd, each for all signals that can be blocked.

    prints: 57 56 55 57"""
    numbers = signal.SIGRTMAX - 7, signal.SIGRTMAX - 8, signal.SIGRTMAX - 9
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    found = []
    for wait in (
        signal.sigwait,
        lambda one: signal.sigwaitinfo(one).si_signo,
        lambda one: signal.sigtimedwait(one, 9).si_signo,
    ):
        os.kill(os.getpid(), numbers[len(found)])
        _allocate()
        found.append(int(wait(numbers)))
    mask = (ctypes.c_ulong * 16)(1 << (numbers[0] - 1))
    descriptor = libc.signalfd(-1, mask, 0)
    os.kill(os.getpid(), numbers[0])
    found.append(int.from_bytes(os.read(descriptor, 128)[:4], "little"))
    os.close(descriptor)
    print(*found)


def queued_signals():
    """Every one with its value, in order, while the program allocates.

    prints: 100"""
    print(library.queue_signals(100))


def timers():
    """All three of Python's, whose handlers allocate and reallocate.

    prints: [14, 26, 27]"""
    seen = {}

    def handle(number, frame):
        seen[number] = _allocate() * 2

    for which, number in ((0, signal.SIGALRM), (1, signal.SIGVTALRM), (2, signal.SIGPROF)):
        signal.signal(number, handle)
        signal.setitimer(which, 0.001, 0.001)
    while len(seen) < 3:
        _allocate()
    for which in range(3):
        signal.setitimer(which, 0)
    print(sorted(seen))


def timers_of_the_kernel():
    """timer_create's, timerfd's, and whose handler is a thread.

    prints: 20 1"""
    fired = library.use_timers(20)
    print(fired, library.use_thread_timer())


def children_told():
    """SIGCHLD comes for the program's own children and no others; where it is ignored no one has to
    wait for them.

    prints: 3 / no child"""
    seen = []
    signal.signal(signal.SIGCHLD, lambda number, frame: seen.append(number))
    for _ in range(3):
        subprocess.run(["true"], check=True)
    print(len(seen))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if not os.fork():
        os._exit(len(_allocate()))
    try:
        os.wait()
    except ChildProcessError:
        print("no child")


def wakeup_descriptor():
    """Signals written into a pipe while the program allocates.

    prints: 50"""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    signal.signal(signal.SIGUSR1, lambda number, frame: None)
    for _ in range(50):
        os.kill(os.getpid(), signal.SIGUSR1)
        _allocate()
    print(len(os.read(reading, 1000)))


def stopped_and_continued():
    """A program that is stopped goes on.

    prints: went on"""
    program = os.getpid()
    if not os.fork():
        state = ""
        while state != "T":
            with open(f"/proc/{program}/stat") as file:
                state = file.read().rpartition(")")[2].split()[0]
        os.kill(program, signal.SIGCONT)
        os._exit(0)
    os.kill(program, signal.SIGSTOP)
    os.wait()
    print("went on")


def to_every_thread():
    """Handlers of C run in every thread while each allocates.

    prints: True"""
    done = threading.Event()

    def work():
        while not done.is_set():
            _allocate()

    threads = [threading.Thread(target=work) for _ in range(4)]
    library.count_signals(int(signal.SIGUSR1))
    for thread in threads:
        thread.start()
    for _ in range(200):
        for thread in threads:
            signal.pthread_kill(thread.ident, signal.SIGUSR1)
            _allocate()
    done.set()
    for thread in threads:
        thread.join()
    print(library.counted() > 0)


if __name__ == "__main__":
    call(globals())
