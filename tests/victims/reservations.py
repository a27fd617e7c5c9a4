# Reservations count by what is resident: nothing of a PROT_NONE terabyte, and the touched part of what was made accessible in it.
import ctypes

MIB, TIB = 1 << 20, 1 << 40
SIZE = ctypes.c_size_t
NONE, READ_WRITE, PRIVATE, FIXED, ANONYMOUS, NORESERVE = 0, 3, 2, 0x10, 0x20, 0x4000
DONTNEED, FREE = 4, 8
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p


def mmap(at, size, protection, flags):
    return libc.mmap(ctypes.c_void_p(at), SIZE(size), protection, flags | PRIVATE | ANONYMOUS, -1, ctypes.c_long(0))


def touch(at, size):
    ctypes.memset(at, 1, size)


space = mmap(0, TIB, NONE, 0)
libc.mprotect(ctypes.c_void_p(space + 50 * MIB), SIZE(100 * MIB), READ_WRITE)  # expect-line: 31457280 at :21
touch(space + 60 * MIB, 30 * MIB)

lazy = mmap(0, 200 * MIB, READ_WRITE, NORESERVE)  # expect-line: 41943040 at :24 (<module>)
touch(lazy, 60 * MIB)
libc.madvise(ctypes.c_void_p(lazy), SIZE(10 * MIB), DONTNEED)
libc.madvise(ctypes.c_void_p(lazy + 50 * MIB), SIZE(10 * MIB), FREE)

over = mmap(0, 100 * MIB, READ_WRITE, NORESERVE)  # expect-line: 20971520 at :29 (<module>)
touch(over, 40 * MIB)
mmap(over, 20 * MIB, NONE, FIXED)

cut = mmap(0, 100 * MIB, READ_WRITE, NORESERVE)  # expect-line: 15728640 at :33 (<module>)
touch(cut, 45 * MIB)
libc.munmap(ctypes.c_void_p(cut), SIZE(30 * MIB))
last = bytearray(90 * MIB)  # expect-line: 94371840 at :36
# expect-peak: 204472320
