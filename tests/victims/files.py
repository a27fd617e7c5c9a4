# needs: numpy
# Files on a disk: what can be dropped from memory is listed apart, and what was written to a private mapping counts, page by page.
import mmap
import os
import tempfile

import numpy

MIB = 1 << 20
folder = os.path.dirname(os.path.abspath(__file__))  # not /tmp, which may be in memory

with tempfile.NamedTemporaryFile(dir=folder, prefix="victim-", suffix=".bin") as file:
    file.truncate(80 * MIB)
    shared = mmap.mmap(file.fileno(), 80 * MIB)  # expect-file: 83886080 resident 10485760 at :14
    private = mmap.mmap(file.fileno(), 60 * MIB, flags=mmap.MAP_PRIVATE)  # expect-line: 20971520 at :15
    for at in range(0, 20 * MIB, mmap.PAGESIZE):
        private[at] = 1
    for at in range(0, 10 * MIB, mmap.PAGESIZE):
        shared[at] = 1
    copied = numpy.memmap(file.name, mode="c", shape=(50 * MIB,), dtype="u1")
    copied[: 30 * MIB] = 7
    read = numpy.memmap(file.name, mode="r", shape=(70 * MIB,), dtype="u1")
    total = int(read.sum())
    half = mmap.mmap(file.fileno(), 40 * MIB)
    half.close()
    # expect-kind: 52428800 written pages of files
last = bytearray(25 * MIB)  # expect-line: 26214400 at :27
