# Files that are mapped after the tracked peak, when the process has most in memory: one is unmapped before the end, of the other
# a part is read.
import mmap
import os
import tempfile

MIB = 1 << 20
folder = os.path.dirname(os.path.abspath(__file__))  # not /tmp, which may be in memory


def read(mapping: mmap.mmap, end: int) -> int:
    return sum(mapping[at] for at in range(0, end, mmap.PAGESIZE))


peak = bytearray(60 * MIB)  # expect-line: 62914560 at :15
del peak
with tempfile.NamedTemporaryFile(dir=folder, prefix="victim-", suffix=".bin") as file:
    for _ in range(180):
        file.write(bytes(MIB))
    file.flush()
    whole = mmap.mmap(file.fileno(), 120 * MIB, access=mmap.ACCESS_READ)  # expect-file: 125829120 resident 125829120 at :21
    read(whole, 120 * MIB)
    with tempfile.NamedTemporaryFile(dir=folder, prefix="victim-", suffix=".bin") as other:
        other.truncate(90 * MIB)
        part = mmap.mmap(other.fileno(), 80 * MIB, access=mmap.ACCESS_READ)  # expect-file: 83886080 resident 41943040 at :25
        read(part, 40 * MIB)
        whole.close()
