# Python called by C: the caller's line is the one that called the C function, whatever C does in between.
import bisect
import ctypes
import functools
import heapq
import itertools
import json
import os
import re
from collections import defaultdict

c = ctypes.CDLL(os.environ["VICTIM_LIBRARIES"] + "/callbacks.so")
c.allocate.restype = ctypes.c_void_p
SIZE = ctypes.c_size_t
MB = 1_000_000
keep = []


def once(megabytes, result=None):
    """A function that keeps so much at its first call."""
    sizes = iter([megabytes])

    def function(*_):
        for size in sizes:
            keep.append(bytearray(size * MB))
        return result

    return function


sorted([3, 1, 2], key=once(25, 0))  # expect: 25000000 at :31 (<module>);:25 (once.function)
[3, 1, 2].sort(key=functools.cmp_to_key(once(26, 0)))  # expect: 26000000 at :32 (<module>);:25 (once.function)
list(map(once(27), [1, 2]))  # expect: 27000000 at :33 (<module>);:25 (once.function)
list(filter(once(28), [1, 2]))  # expect: 28000000 at :34 (<module>);:25 (once.function)
functools.reduce(once(6), [1, 2, 3])  # expect: 6000000 at :35 (<module>);:25 (once.function)
max([1, 2, 3], key=once(7, 0))  # expect: 7000000 at :36 (<module>);:25 (once.function)
re.sub("x", once(8, ""), "axbxc")  # expect: 8000000 at :37 (<module>);*:* (sub);:25 (once.function)
heapq.nlargest(3, [1, 2], key=once(9, 0))  # expect-line: 9000000 at :38 (<module>)
list(itertools.groupby([1, 2], once(10)))  # expect: 10000000 at :39 (<module>);:25 (once.function)
bisect.bisect([1, 2], 1, key=once(11, 0))  # expect: 11000000 at :40 (<module>);:25 (once.function)
json.loads('{"a": 1}', object_hook=once(12))  # expect-line: 12000000 at :41 (<module>)
defaultdict(once(13))["missing"]  # expect: 13000000 at :42 (<module>);:25 (once.function)
list(iter(once(14, 0), 0))  # expect: 14000000 at :43 (<module>);:25 (once.function)
functools.lru_cache(once(15))(1)  # expect: 15000000 at :44 (<module>);:25 (once.function)
functools.partial(once(16), 1)(2)  # expect: 16000000 at :45 (<module>);:25 (once.function)


class Sized:
    def __init__(self, size):
        self.size = size

    def __lt__(self, other):
        once(17)()  # expect: 17000000 at :69 (<module>);:53 (Sized.__lt__);:25 (once.function)
        return True

    def __hash__(self):
        once(18)()  # expect: 18000000 at :70 (<module>);:57 (Sized.__hash__);:25 (once.function)
        return 1

    def __iter__(self):
        once(19)()  # expect: 19000000 at :71 (<module>);:61 (Sized.__iter__);:25 (once.function)
        return iter(())

    def __format__(self, how):
        once(20)()  # expect: 20000000 at :72 (<module>);:65 (Sized.__format__);:25 (once.function)
        return ""


sorted([Sized(1), Sized(2)])
{Sized(1): 1}
list(Sized(1))
f"{Sized(1)}"

STEP = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_int)
COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
numbers = (ctypes.c_int * 5)(5, 3, 1, 2, 4)
c.sort(numbers, SIZE(5), COMPARE(once(21, 0)))  # expect: 21000000 at :77 (<module>);:25 (once.function)


@STEP
def step(number):
    if number < 3:
        return step(number + 1)
    return c.allocate(SIZE(22 * MB))  # expect: 22000000 at :87 (<module>);{3 :83 (step)};:84 (step)


c.around(step, SIZE(23 * MB), SIZE(24 * MB))  # expect: 47000000 at :87 (<module>)
