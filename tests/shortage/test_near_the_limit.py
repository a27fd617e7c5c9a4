# SPDX-License-Identifier: Apache-2.0
"""Programs that come near a limit, or meet what only looks like one, and survive: they run as
without us. One idea each."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.limits import run_in

LIBC = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
for name in ("malloc", "calloc", "realloc", "reallocarray", "mmap"):
    getattr(libc, name).restype = ctypes.c_void_p
size, number, FAILED = ctypes.c_size_t, ctypes.c_long, 2**64 - 1
def why(): return errno.errorcode[ctypes.get_errno()]
"""
LIMITED = """
import resource
def mapped(): return int(open("/proc/self/statm").read().split()[0]) * 4096
def limit(megabytes, which=resource.RLIMIT_AS):
    resource.setrlimit(which, (mapped() + (megabytes << 20),) * 2)
"""

SURVIVORS = {
    "reserved and forbidden": "import mmap; m = mmap.mmap(-1, 1 << 42, mmap.MAP_PRIVATE | "
                              "mmap.MAP_ANONYMOUS | 0x4000, 0); print(len(m))",
    "reserved and hardly used": """
import mmap
m = mmap.mmap(-1, 1 << 38, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)  # MAP_NORESERVE
m[1 << 30] = m[1 << 37] = 7
kept = [bytearray(2_000_000) for _ in range(50)]
print(m[1 << 37])""",
    "a sparse file": """
import mmap
with open("sparse", "w+b") as file:
    file.truncate(1 << 38)
    m = mmap.mmap(file.fileno(), 1 << 38)
    m[1 << 37] = 7
    print(len(m), m[1 << 37])""",
    "stacks of threads": """
import threading
threading.stack_size(1 << 30)
go = threading.Event()
threads = [threading.Thread(target=go.wait) for _ in range(50)]
for thread in threads: thread.start()
go.set()
for thread in threads: thread.join()
print(len(threads))""",
    "nearly all of the address space": LIMITED + """
limit(400)
kept = [bytearray(1 << 20) for _ in range(360)]
print(len(kept))""",
    "nearly all of the data segment": LIMITED + """
limit(400, resource.RLIMIT_DATA)
kept = [bytearray(1 << 20) for _ in range(360)]
print(len(kept))""",
    "small objects up to the limit": LIMITED + """
limit(200)
kept = []
while mapped() < resource.getrlimit(resource.RLIMIT_AS)[0] - (10 << 20):
    kept += [[None] * 20 for _ in range(1000)]
print(len(kept) > 100_000)""",
    "a block that grows": LIMITED + """
limit(400)
block = bytearray()
for _ in range(100): block += b"x" * 1_000_000
print(len(block))""",
    "taken and given back": LIMITED + """
limit(300)
for round in range(300):
    block = bytearray(200_000_000 if round % 50 == 0 else 20_000_000)
    small = [bytearray(1000) for _ in range(1000)]
    del block
print("done")""",
    "children near the limit": LIMITED + """
import os
kept = bytearray(100_000_000)
for child in range(3):
    process = os.fork()
    if not process:
        limit(100)
        try:
            while True: kept += bytearray(30_000_000)
        except MemoryError: os._exit(3)
    print(os.waitpid(process, 0)[1])""",
    "overflow": LIBC + """
for call in (lambda: libc.calloc(size(2**63), size(16)),
             lambda: libc.reallocarray(None, size(2**40), size(2**40))):
    print(call(), why())""",
    "Python's own overflow": """
for call in (lambda: bytearray(-1), lambda: [0] * 2**62, lambda: (1,) * 2**62,
             lambda: b"x" * 2**63):
    try: call()
    except (MemoryError, OverflowError, ValueError) as error: print(type(error).__name__, error)""",
    "its own MemoryError": """
class Cache:
    def put(self, size):
        if size > 100: raise MemoryError("the cache is full")
try: Cache().put(101)
except MemoryError as error: print(error)
raise MemoryError("nothing was asked for")""",
    "addresses that aren't to be had": LIBC + """
taken = libc.mmap(None, size(1 << 20), 3, 0x22, -1, number(0))
FIXED_NOREPLACE, FIXED = 0x100022, 0x32
for at, flags in ((taken, FIXED_NOREPLACE), ((1 << 47) - 4096, FIXED), (1 << 60, FIXED)):
    print(libc.mmap(ctypes.c_void_p(at), size(1 << 21), 3, flags, -1, number(0)) == FAILED, why())
hint = ctypes.c_void_p(1 << 60)
print(libc.mmap(hint, size(1 << 20), 3, 0x22, -1, number(0)) != FAILED)
print(libc.mmap(None, size(0), 3, 0x22, -1, number(0)) == FAILED, why())""",
    "other limits": """
import resource, threading
for limit, most in ((resource.RLIMIT_STACK, 1 << 30), (resource.RLIMIT_MEMLOCK, 65536),
                    (resource.RLIMIT_FSIZE, 10_000_000)):
    resource.setrlimit(limit, (most, most))
kept = [bytearray(50_000_000) for _ in range(3)]
print(len(kept))""",
    "as many mappings as the system allows": LIBC + """
import mmap, os
most = int(open("/proc/sys/vm/max_map_count").read())
protect = {"x86_64": 10, "aarch64": 226}[os.uname().machine]
start = libc.mmap(None, size(2 * most * 4096), 0, 0x4022, -1, number(0))
for page in range(0, 2 * most, 2):
    at = ctypes.c_void_p(start + page * 4096)
    if libc.syscall(number(protect), at, size(4096), number(1)): break
try:
    kept = []
    while True: kept.append(mmap.mmap(-1, 4096, prot=1 + len(kept) % 2 * 2))
except OSError as error: print(error.strerror)
libc.munmap(ctypes.c_void_p(start), size(2 * most * 4096))
print(len(bytearray(30_000_000)))""",
    "shared memory": """
from multiprocessing import shared_memory
for _ in range(3):
    block = shared_memory.SharedMemory(create=True, size=40_000_000)
    block.buf[::4096] = b"x" * len(block.buf[::4096])
    print(block.size)
    block.close()
    block.unlink()""",
}  # fmt: skip


def report_of(folder: Path) -> set[str]:
    (report,) = (folder / "out").iterdir()
    return set(os.listdir(report))


def check_same(
    plain: subprocess.CompletedProcess[str], done: subprocess.CompletedProcess[str], folder: Path
) -> None:
    lines = done.stderr.splitlines(keepends=True)
    assert done.stdout == plain.stdout != "", done.stderr
    assert "".join(line for line in lines if not line.startswith("=fil-profile= ")) == plain.stderr
    assert done.returncode == plain.returncode
    assert "memory running out" not in done.stderr.lower() and "Can't write" not in done.stderr
    assert (
        not [name for name in report_of(folder) if "out-of-memory" in name]
        and len(report_of(folder)) == 5
    ), done.stderr


def run_both(
    folder: Path,
) -> tuple[subprocess.CompletedProcess[str], subprocess.CompletedProcess[str]]:
    line = [sys.executable, "-m", "filprofiler", "--no-browser", "-o", "out", "run", "program.py"]
    how: dict[str, Any] = {"cwd": folder, "capture_output": True, "text": True, "timeout": 120}
    return subprocess.run([sys.executable, "program.py"], **how), subprocess.run(line, **how)


@pytest.mark.parametrize("name", SURVIVORS)
def test_survivors(name: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(SURVIVORS[name])
    check_same(*run_both(tmp_path), tmp_path)


GROUP_SURVIVORS = {  # with 400 MiB, of which 100 MB are to stay free
    "page cache fills the group": """
with open("file", "wb") as file:
    for _ in range(60): file.write(bytes(10_000_000))
kept = []
with open("file", "rb", buffering=0) as file:
    while file.read(10_000_000): kept.append(bytearray(3_000_000))
print(len(kept))""",
    "a mapped file that is larger than the group": """
import mmap
with open("file", "wb") as file:
    for _ in range(60): file.write(bytes(10_000_000))
with open("file", "r+b") as file:
    m = mmap.mmap(file.fileno(), 0)
    print(sum(m[::4096]))
    kept = [bytearray(5_000_000) for _ in range(40)]
print(len(kept))""",
    "large blocks": "kept = [bytearray(10_000_000) for _ in range(22)]; print(len(kept))",
    "small objects": "kept = [[number] for number in range(1_500_000)]; print(len(kept))",
    "over and over": """
for _ in range(300):
    block = bytearray(200_000_000) if _ % 50 == 0 else bytearray(5_000_000)
    kept = [bytes(500) for _ in range(1000)]
print(len(kept))""",
    "files in memory that go again": """
import os, tempfile
for _ in range(6):
    with tempfile.TemporaryFile(dir="/dev/shm") as file:
        for _ in range(15): file.write(bytes(10_000_000))
        kept = [bytearray(5_000_000) for _ in range(8)]
    kept.clear()
print("done")""",
    "children share what they don't write to": """
import os
kept = bytearray(180_000_000)
for _ in range(4):
    if not os.fork():
        mine = bytearray(10_000_000)
        os._exit(len(mine) // 5_000_000)
print(sorted(os.wait()[1] for _ in range(4)))""",
    "what malloc keeps free": LIBC
    + """
libc.malloc.argtypes, libc.free.argtypes = [size], [ctypes.c_void_p]
blocks = [libc.malloc(50_000) for _ in range(5_800)]
for block in blocks: ctypes.memset(block, 1, 50_000)
last = libc.malloc(50_000)  # so the heap can't shrink
for block in blocks: libc.free(block)
kept = [bytearray(60_000_000) for _ in range(4)]
print(len(kept))""",
    "reserved, and more than the group may have": """
import mmap
m = mmap.mmap(-1, 1 << 36, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
for page in range(0, 1 << 36, 1 << 30): m[page] = 1
kept = [bytearray(10_000_000) for _ in range(10)]
print(len(kept))""",
}  # fmt: skip


@pytest.mark.parametrize("name", GROUP_SURVIVORS)
def test_survivors_in_a_control_group(name: str, control_group: Path, tmp_path: Path) -> None:
    plain = run_in(control_group, GROUP_SURVIVORS[name], tmp_path, command="")
    assert plain.returncode == 0, plain.stderr
    check_same(plain, run_in(control_group, GROUP_SURVIVORS[name], tmp_path), tmp_path)
