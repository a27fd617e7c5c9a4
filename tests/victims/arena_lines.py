# SPDX-License-Identifier: Apache-2.0
# What an arena grows by belongs to the line that ran, although each line allocates only once after it has touched the memory.
import ctypes
import time

MIB = 1 << 20
SIZE = ctypes.c_size_t
READ_WRITE, PRIVATE, ANONYMOUS, NORESERVE = 3, 2, 0x20, 0x4000
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
arena = libc.mmap(None, SIZE(512 * MIB), READ_WRITE, PRIVATE | ANONYMOUS | NORESERVE, -1, ctypes.c_long(0))


class Made:
    __slots__ = ()


def touch(place, size):
    ctypes.memset(arena + place * MIB, 1, size * MIB)
    time.sleep(0.02)  # as long as it takes to compute something; by then the last look is long ago


made = [None] * 8
touch(0, 20), made.__setitem__(0, Made())  # expect-line: 20971520 at :24 (<module>)
touch(20, 20), made.__setitem__(1, Made())  # expect-line: 20971520 at :25 (<module>)
touch(40, 20), made.__setitem__(2, Made())  # expect-line: 20971520 at :26 (<module>)
touch(60, 20), made.__setitem__(3, Made())  # expect-line: 20971520 at :27 (<module>)
touch(80, 20), made.__setitem__(4, Made())  # expect-line: 20971520 at :28 (<module>)
last = bytearray(90 * MIB)  # expect-line: 94371840 at :29
# expect-peak: 199229440
