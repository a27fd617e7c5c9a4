# Memory that only swap could take counts at its line, whatever it is mapped from; files on a disk don't.
import ctypes
import mmap
import os
import tempfile
from multiprocessing.shared_memory import SharedMemory

MIB = 1 << 20
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = libc.sbrk.restype = ctypes.c_void_p
libc.sbrk.argtypes = [ctypes.c_ssize_t]

descriptor = os.memfd_create("victim")
os.ftruncate(descriptor, 30 * MIB)
memfd = mmap.mmap(descriptor, 30 * MIB)  # expect-line: 31457280 at shared.py:15
shared = SharedMemory(create=True, size=20 * MIB)  # expect-line: 20971520 at shared.py:16
with open("/dev/zero", "r+b") as zero:
    zeros = mmap.mmap(zero.fileno(), 10 * MIB)  # expect-line: 10485760 at shared.py:18
both = mmap.mmap(-1, 9 * MIB, mmap.MAP_SHARED)  # expect-line: 9437184 at shared.py:19
segment = libc.shmget(0, ctypes.c_size_t(8 * MIB), 0o1600)
attached = libc.shmat(segment, None, 0)  # expect-line: 8388608 at shared.py:21
libc.shmctl(segment, 0, None)
broken = libc.sbrk(7 * MIB)  # expect-line: 7340032 at shared.py:23
growing = mmap.mmap(-1, 1 * MIB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
growing.resize(25 * MIB)  # expect-line: 26214400 at shared.py:25
gone = libc.shmat(segment, None, 0)
libc.shmdt(ctypes.c_void_p(gone if gone and gone != 2**64 - 1 else attached))
with tempfile.TemporaryFile(dir=os.path.dirname(os.path.abspath(__file__))) as file:
    file.truncate(60 * MIB)
    disk = mmap.mmap(file.fileno(), 60 * MIB)
last = bytearray(30 * MIB)  # expect-line: 31457280 at shared.py:31
shared.close()
shared.unlink()
