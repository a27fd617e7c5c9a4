# SPDX-License-Identifier: Apache-2.0
"""Threads that are many, small, short, or there longer than anybody thought."""

import atexit
import ctypes
import os
import sys
import threading
import time

from surroundings import call

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = (
    ctypes.c_void_p,
    [ctypes.c_size_t],
    [ctypes.c_void_p],
)
library = ctypes.CDLL(os.environ["FAULT_LIBRARIES"] + "/threads.so")
CALLBACK = ctypes.CFUNCTYPE(None)


def _allocate():
    kept = [[number] * 3 for number in range(500)] + [bytearray(300_000)]
    libc.free(libc.malloc(1_000_000))
    return kept


def hundred_at_a_time():
    """All are there at once, and each allocates.

    prints: 100"""
    together, kept = threading.Barrier(100), []

    def work():
        together.wait()
        kept.append(_allocate())
        together.wait()

    threads = [threading.Thread(target=work) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(kept))


def one_after_the_other():
    """2,000 of them, some of which raise.

    prints: 2000"""
    kept = []
    threading.excepthook = lambda failed: kept.append(failed.exc_type)
    for number in range(2000):
        thread = threading.Thread(target=kept.append if number % 3 else kept.index, args=(number,))
        thread.start()
        thread.join()
    print(len(kept))


def destructors_that_allocate():
    """A thread's keys are destroyed at its end, ours among them, in no order; those that allocate
    are called as often as libc does.

    prints: 400"""
    print(library.end_with_destructors(100))


def smallest_stacks():
    """16 KiB, which is the least that libc grants: every sort of allocation, and a thread made from
    there.

    prints: 0"""
    print(library.on_the_smallest_stack(50))


def cancelled():
    """Cancelled while they allocate, at the points at which a thread can be.

    prints: 50"""
    print(library.cancelled_while_allocating(50))


def unknown_to_python():
    """Threads of C's own call back into Python, and allocate there.

    prints: 40"""
    kept = []
    library.call_in_threads(CALLBACK(lambda: kept.append(_allocate())), 40)
    print(len(kept))


def deep_recursion_on_a_small_stack():
    """256 KiB: Python functions 3,000 deep, and C's 60.

    prints: 3000 60"""

    def python(depth):
        return 1 + python(depth - 1) if depth else len([None] * 0)

    def through_c(depth):
        return (
            next(map(through_c, [depth - 1])) + len([depth])
            if depth
            else len(bytearray(300_000)) - 300_000
        )

    sys.setrecursionlimit(5000)
    threading.stack_size(256 << 10)
    found = []
    thread = threading.Thread(target=lambda: found.extend((python(3000), through_c(60))))
    thread.start()
    thread.join()
    print(*found)


def daemons_at_the_end():
    """They allocate while Python ends, and after.

    prints: end"""
    threading.stack_size(256 << 10)

    def work():
        while True:
            _allocate()

    for _ in range(8):
        threading.Thread(target=work, daemon=True).start()
    threading.Thread(target=library.allocate_for_ever, daemon=True).start()
    atexit.register(_allocate)
    print("end")


def a_thread_that_outlives_main():
    """main ends as a thread does; the last thread's end is the process's.

    prints: outlived"""

    def work():
        while not library.main_has_ended():
            time.sleep(0.01)
        _allocate()
        print("outlived", flush=True)

    threading.Thread(target=work).start()
    library.end_main()


def a_thread_that_outlives_main_and_exits():
    """The same, and the exit code is the thread's.

    prints: outlived
    ends: 9"""

    def work():
        while not library.main_has_ended():
            time.sleep(0.01)
        _allocate()
        print("outlived", flush=True)
        libc.exit(9)

    threading.Thread(target=work).start()
    library.end_main()


def exit_in_a_thread():
    """Not main, but another thread calls exit, while others allocate.

    prints: end
    ends: 4"""

    def work():
        while True:
            _allocate()

    for _ in range(4):
        threading.Thread(target=work, daemon=True).start()
    print("end", flush=True)
    thread = threading.Thread(target=library.exit_now, args=(4,))
    thread.start()
    thread.join()


if __name__ == "__main__":
    call(globals())
