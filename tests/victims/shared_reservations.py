# Reservations of shared memory count by what is resident, too, and the same memory once however often it is mapped.
import ctypes
import os

MIB, TIB = 1 << 20, 1 << 40
SIZE = ctypes.c_size_t
NONE, READ_WRITE, SHARED, ANONYMOUS, NORESERVE = 0, 3, 1, 0x20, 0x4000
REMOVE = 9
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p


def mmap(size, protection, flags, descriptor=-1, offset=0):
    return libc.mmap(None, SIZE(size), protection, flags | SHARED, descriptor, ctypes.c_long(offset))


def touch(at, size):
    ctypes.memset(at, 1, size)


def made(size):
    descriptor = os.memfd_create("victim")
    os.ftruncate(descriptor, size)
    return descriptor


untouched = mmap(TIB, NONE, 0, made(TIB))
space = mmap(TIB, NONE, ANONYMOUS | NORESERVE)
libc.mprotect(ctypes.c_void_p(space + 50 * MIB), SIZE(100 * MIB), READ_WRITE)  # expect-line: 26214400 at :29
touch(space + 60 * MIB, 25 * MIB)

lazy = mmap(100 * MIB, READ_WRITE, ANONYMOUS | NORESERVE)  # expect-line: 20971520 at :32
touch(lazy, 30 * MIB)
libc.madvise(ctypes.c_void_p(lazy), SIZE(10 * MIB), REMOVE)

twice = made(100 * MIB)
first = mmap(100 * MIB, READ_WRITE, NORESERVE, twice)  # expect-line: 18874368 at :37
touch(first, 18 * MIB)
second = mmap(100 * MIB, READ_WRITE, NORESERVE, twice)
touch(second, 5 * MIB)

mixed = made(40 * MIB)
ordinary = mmap(10 * MIB, READ_WRITE, 0, mixed)  # expect-line: 10485760 at :43
wider = mmap(40 * MIB, READ_WRITE, NORESERVE, mixed)  # expect-line: 8388608 at :44
touch(wider, 18 * MIB)

opened = made(16 * MIB)
closed = mmap(16 * MIB, NONE, 0, opened)
counts = mmap(16 * MIB, READ_WRITE, 0, opened)  # expect-line: 16777216 at :49
libc.mprotect(ctypes.c_void_p(closed), SIZE(16 * MIB), READ_WRITE)
touch(closed, 16 * MIB)

gone = mmap(200 * MIB, READ_WRITE, ANONYMOUS | NORESERVE)
touch(gone, 40 * MIB)
libc.munmap(ctypes.c_void_p(gone), SIZE(200 * MIB))
pieces = made(3000 * 65536)
mapped = [mmap(65536, READ_WRITE, 0, pieces, i * 65536) for i in range(3000)]  # expect-line: 196608000 at :57
last = bytearray(90 * MIB)  # expect-line: 94371840 at :58
# expect-kind: 298319872 shared memory
