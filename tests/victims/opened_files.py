# Files mapped privately and read-only: they count nothing until they become writable, and then what was written, for the line that mapped.
import ctypes
import mmap
import os
import tempfile

MIB = 1 << 20
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
folder = os.path.dirname(os.path.abspath(__file__))  # not /tmp, which may be in memory

with tempfile.NamedTemporaryFile(dir=folder, prefix="victim-", suffix=".bin") as file:
    file.truncate(60 * MIB)
    read = libc.mmap(None, 60 * MIB, mmap.PROT_READ, mmap.MAP_PRIVATE, file.fileno(), 0)
    opened = libc.mmap(None, 60 * MIB, mmap.PROT_READ, mmap.MAP_PRIVATE, file.fileno(), 0)  # expect-line: 20971520 at :17
    for at in range(0, 60 * MIB, mmap.PAGESIZE):
        ctypes.string_at(read + at, 1)
    assert libc.mprotect(read, 30 * MIB, mmap.PROT_READ | mmap.PROT_EXEC) == 0
    assert libc.mprotect(opened + 10 * MIB, 30 * MIB, mmap.PROT_READ | mmap.PROT_WRITE) == 0
    ctypes.memset(opened + 15 * MIB, 7, 20 * MIB)
    assert libc.mprotect(opened, 60 * MIB, mmap.PROT_READ) == 0
    # expect-kind: 20971520 written pages of files
    last = bytearray(25 * MIB)  # expect-line: 26214400 at :25
