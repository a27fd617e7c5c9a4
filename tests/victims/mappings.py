# Anonymous memory by mmap counts at its line; an untouched reservation of a terabyte doesn't.
import ctypes
import mmap

held = mmap.mmap(-1, 60_000_000)  # expect-line: 60000000 at mappings.py:5
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
PRIVATE, ANONYMOUS, NORESERVE = 2, 0x20, 0x4000
libc.mmap(None, ctypes.c_size_t(1 << 40), 0, PRIVATE | ANONYMOUS | NORESERVE, -1, ctypes.c_long(0))
half = libc.mmap(None, ctypes.c_size_t(40 << 20), 3, PRIVATE | ANONYMOUS, -1, ctypes.c_long(0))  # expect-line: 20971520 at mappings.py:10
libc.munmap(ctypes.c_void_p(half), ctypes.c_size_t(20 << 20))
last = bytearray(90_000_000)  # expect-peak: 170971520
