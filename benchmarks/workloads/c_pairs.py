# SPDX-License-Identifier: Apache-2.0
"""malloc and free in C, in one thread and in two; prints nanoseconds a pair, and the speed-up of
two threads.

Rounds of one and of two take turns, and the best of each is told: what a shared machine adds isn't
the allocator's."""

import ctypes
import json
import sys
import threading
import time

PAIRS, ROUNDS = 5_000_000, 12
library = ctypes.CDLL(sys.argv[1])
library.malloc_free_pairs.argtypes = [ctypes.c_long]


def seconds(threads):
    workers = [
        threading.Thread(target=library.malloc_free_pairs, args=(PAIRS,)) for _ in range(threads)
    ]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begun


rounds = [(seconds(1), seconds(2)) for _ in range(ROUNDS)]
one, two = (min(times) for times in zip(*rounds, strict=True))
print(json.dumps({"ns_per_pair": 1e9 * one / PAIRS, "speed_up": 2 * one / two}))
