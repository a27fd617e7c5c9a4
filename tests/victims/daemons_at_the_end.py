# Daemon threads that are in C code while Python ends: Python has freed their state and frames, and they go on allocating.
# What they take belongs to the line that made them.
import ctypes
import gc
import os
import threading
import time

c = ctypes.CDLL(os.environ["VICTIM_LIBRARIES"] + "/threads.so")
MB = 1_000_000


def deep(levels):
    return deep(levels - 1) if levels else c.work_to_the_end(ctypes.c_size_t(7 * MB))


def start_daemons():
    for _ in range(2):
        threading.Thread(target=deep, args=(50,), daemon=True).start()


start_daemons()
# expect: 14000000 at :22 (<module>);:19 (start_daemons);threading.py:* (Thread.start)*
time.sleep(0.05)


class Last:
    """Dies in the collection at Python's end, after the other threads' states."""

    def __init__(self):
        self.me, self.tell = self, c.tell_the_end

    def __del__(self):
        self.tell(2)


gc.set_threshold(0)
Last()
