# mremap in all its forms, and mappings over and out of others: each byte once, at the line that mapped it last.
import ctypes

MIB = 1 << 20
SIZE, POINTER = ctypes.c_size_t, ctypes.c_void_p
READ_WRITE, SHARED, PRIVATE, FIXED, ANONYMOUS = 3, 1, 2, 0x10, 0x20
MAYMOVE, TO, DONTUNMAP = 1, 2, 4
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = libc.mremap.restype = libc.sbrk.restype = POINTER


def mmap(size, at=0, flags=PRIVATE):
    return libc.mmap(POINTER(at), SIZE(size), READ_WRITE, flags | ANONYMOUS | (FIXED if at else 0), -1, ctypes.c_long(0))


def mremap(at, old, new, flags=MAYMOVE, target=0):
    return libc.mremap(POINTER(at), SIZE(old), SIZE(new), flags, POINTER(target))


small = mmap(10 * MIB)
grown = mremap(small, 10 * MIB, 70 * MIB)  # expect-line: 73400320 at :21 (<module>)
large = mmap(50 * MIB)
shrunk = mremap(large, 50 * MIB, 20 * MIB)  # expect-line: 20971520 at :23 (<module>)
place = mmap(40 * MIB)  # is replaced
source = mmap(30 * MIB)
moved = mremap(source, 30 * MIB, 40 * MIB, MAYMOVE | TO, place)  # expect-line: 41943040 at :26 (<module>)
full = mmap(25 * MIB)
ctypes.memset(full, 1, 25 * MIB)
emptied = mremap(full, 25 * MIB, 25 * MIB, MAYMOVE | DONTUNMAP)  # expect-line: 26214400 at :29 (<module>)
again = mmap(15 * MIB, flags=SHARED)  # expect-line: 15728640 at :30 (<module>)
twice = mremap(again, 0, 15 * MIB)  # the same memory once more
refused = mremap(grown, 70 * MIB, 80 * MIB, 0x100)  # a flag that doesn't exist: nothing happens
whole = mmap(60 * MIB)  # expect-line: 15728640 at :33 (<module>)
libc.munmap(POINTER(whole), SIZE(10 * MIB))
libc.munmap(POINTER(whole + 50 * MIB), SIZE(10 * MIB))
libc.munmap(POINTER(whole + 20 * MIB), SIZE(10 * MIB))
mmap(15 * MIB, whole + 35 * MIB)  # expect-line: 15728640 at :37 (<module>)
end = libc.sbrk(0)
libc.brk(POINTER(end + 18 * MIB))  # expect-line: 12582912 at :39
libc.brk(POINTER(end + 12 * MIB))
last = bytearray(80 * MIB)  # expect-line: 83886080 at :41
# expect-peak: 306184192
