# SPDX-License-Identifier: Apache-2.0
"""Programs that have allocators of their own, take Python's over, or load and unload libraries that
allocate."""

import ctypes
import gc
import os
import sys
import tracemalloc

from surroundings import call

LIBRARIES = os.environ["FAULT_LIBRARIES"]
DEEPBIND = 8


def _allocate():
    return [[number] * 3 for number in range(5000)] + [bytearray(300_000)]


def loaded_and_unloaded():
    """500 times, with a constructor and a destructor that allocate.

    prints: 500 500"""
    dlopen, dlclose = ctypes.CDLL(None).dlopen, ctypes.CDLL(None).dlclose
    dlopen.restype, dlopen.argtypes, dlclose.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_char_p, ctypes.c_int],
        [ctypes.c_void_p],
    )
    path = f"{LIBRARIES}/constructor.so".encode()
    opened = closed = 0
    for number in range(500):
        handle = dlopen(
            path, (1, 2, 2 | DEEPBIND, 2 | 0x100)[number % 4]
        )  # RTLD_LAZY, _NOW, _DEEPBIND, _GLOBAL
        opened += handle is not None
        closed += dlclose(handle) == 0
    print(opened, closed)


def a_library_that_maps_at_the_end():
    """Its destructor runs after the report.

    prints: loaded"""
    ctypes.CDLL(f"{LIBRARIES}/late.so")
    print("loaded")


def bound_deep_and_locally():
    """What such a library allocates is freed here, and the other way round.

    prints: 600"""
    done = 0
    for mode in (
        os.RTLD_LOCAL | os.RTLD_NOW,
        os.RTLD_GLOBAL | os.RTLD_LAZY,
        os.RTLD_LOCAL | os.RTLD_NOW | DEEPBIND,
    ):
        library, libc = ctypes.CDLL(f"{LIBRARIES}/constructor.so", mode=mode), ctypes.CDLL(None)
        for one in (library.take, libc.malloc):
            one.restype, one.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
        for one in (library.give_back, libc.free):
            one.argtypes, one.restype = [ctypes.c_void_p], None
        for _ in range(100):
            libc.free(library.take(10_000))
            library.give_back(libc.malloc(10_000))
            done += 2
    print(done)


def python_allocators_counted():
    """A tool puts itself on top of Python's allocators while we are there, counts, and takes itself
    out again.

    prints: True 3 3"""
    library = ctypes.PyDLL(f"{LIBRARIES}/pyallocator.so")
    changed = library.put_on()
    kept = _allocate()
    calls = library.calls()
    restored = library.take_off()
    del kept
    gc.collect()
    _allocate()
    print(calls > 5000, changed, restored)


def python_allocators_kept_on():
    """The same, to the very end, and in other threads.

    prints: 3"""
    import threading

    library = ctypes.PyDLL(f"{LIBRARIES}/pyallocator.so")
    print(library.put_on())
    threads = [threading.Thread(target=_allocate) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def tracemalloc_of_the_program():
    """Its figures are those of a plain run: nothing of ours is traced.

    prints: True 300057 0"""
    tracemalloc.start(5)
    before = tracemalloc.take_snapshot()
    kept = bytearray(300_000)
    lines = [
        line
        for line in tracemalloc.take_snapshot().compare_to(before, "lineno")
        if line.traceback[0].filename == __file__
    ]
    largest = max(lines, key=lambda line: line.size_diff)
    print(tracemalloc.is_tracing(), largest.size_diff, end=" ")
    tracemalloc.stop()
    _allocate()
    print(tracemalloc.get_traced_memory()[0])
    del kept


def tracemalloc_over_and_over():
    """Switched on and off while others allocate.

    prints: 200"""
    for number in range(200):
        tracemalloc.start(1 + number % 3)
        kept = _allocate() if number % 10 == 0 else [object()]
        tracemalloc.stop()
        del kept
    print(number + 1)


def statistics_of_the_allocator():
    """sys._debugmallocstats and the number of blocks: pymalloc's own, beneath us.

    prints: True"""
    before = sys.getallocatedblocks()
    kept = _allocate()
    grown = sys.getallocatedblocks() - before
    print(4000 < grown < 20000)
    del kept


if __name__ == "__main__":
    call(globals())
