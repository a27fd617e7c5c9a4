# SPDX-License-Identifier: Apache-2.0
"""Recordings that begin and end in the middle of a program: what is older than them never counts,
and never counts negative."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.running import run_profiled

PROGRAM = """
import ctypes
import threading
from itertools import repeat

import filprofiler

MB = 1_000_000
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.realloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.realloc.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]

blocks = [libc.malloc(MB) for _ in range(20)]
tiny = [libc.malloc(20) for _ in range(50_000)]
objects = [bytearray(MB) for _ in range(20)]
small = [(number, str(number)) for number in range(100_000)]
growing, shrinking = bytearray(5 * MB), bytearray(50 * MB)
numbers = [None] * 100_000
go, gone = threading.Event(), threading.Event()


def older_thread():
    local = bytearray(30 * MB)
    go.wait()
    del local
    kept.append(bytearray(4 * MB))
    gone.set()
    gone_on.wait()


kept, gone_on = [], threading.Event()
thread = threading.Thread(target=older_thread)
thread.start()


def recorded():
    global small
    filprofiler.start()
    for block in blocks[:10]:
        libc.free(block)
    for block in tiny:
        libc.free(block)
    moved = [libc.realloc(block, 2 * MB) for block in blocks[10:]]
    objects.clear()
    small = None
    growing.extend(bytes(3 * MB))
    del shrinking[6 * MB :]
    numbers.extend(repeat(None, 1_900_000))
    go.set()
    gone.wait()
    held = bytearray(7 * MB)
    del held
    for block in moved[:5]:
        libc.free(block)
    result = filprofiler.stop()
    return result, moved[5:]


first, left = recorded()


def again():
    filprofiler.start()
    for block in left:
        libc.free(block)
    growing.clear()
    kept.clear()
    del numbers[:]
    reused = [libc.malloc(MB) for _ in range(5)]
    for block in reused:
        libc.free(block)
    return filprofiler.stop()


second = again()
gone_on.set()
thread.join()
first.save("first.json")
second.save("second.json")
"""


Profile = dict[str, Any]  # its JSON


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> list[Profile]:
    folder = tmp_path_factory.mktemp("recordings")
    (folder / "program.py").write_text(PROGRAM)
    done = run_profiled(["program.py"], folder / "out", command="python", cwd=folder)
    assert (done.returncode, done.program_stderr) == (0, "")
    return [json.loads((folder / name).read_text()) for name in ("first.json", "second.json")]


def held_by(profile: Profile) -> dict[str, int]:
    """Bytes by the source of the line."""
    held: dict[str, int] = {}
    for _, function, line, size, _ in profile["nodes"]:
        file = profile["paths"][profile["functions"][function][1]][0]
        source = PROGRAM.splitlines()[line - 1].strip() if Path(file).name == "program.py" else file
        held[source] = held.get(source, 0) + size
    return held


def test_nothing_is_negative(profiles: list[Profile]) -> None:
    for profile in profiles:
        assert all(node[3] >= 0 for node in profile["nodes"])
        assert (
            abs(sum(node[3] for node in profile["nodes"]) - profile["peak_bytes"])
            <= profile["error_bound_bytes"]
        )


def test_older_blocks_count_from_the_realloc_on(profiles: list[Profile]) -> None:
    held = held_by(profiles[0])
    assert held["moved = [libc.realloc(block, 2 * MB) for block in blocks[10:]]"] == pytest.approx(
        20_000_000, rel=0.01
    )
    assert held["growing.extend(bytes(3 * MB))"] == pytest.approx(
        8_000_000, rel=0.13
    )  # a bytearray asks for an eighth more
    assert held["del shrinking[6 * MB :]"] == pytest.approx(6_000_000, rel=0.01)
    assert held["numbers.extend(repeat(None, 1_900_000))"] == pytest.approx(16_000_000, rel=0.13)
    assert held["kept.append(bytearray(4 * MB))"] == pytest.approx(4_000_000, rel=0.01)
    assert held["held = bytearray(7 * MB)"] == pytest.approx(7_000_000, rel=0.01)
    assert profiles[0]["peak_bytes"] == pytest.approx(
        sum(held.values()), abs=profiles[0]["error_bound_bytes"]
    )
    assert profiles[0]["peak_bytes"] < 66_000_000


def test_the_next_recording_begins_at_nothing(profiles: list[Profile]) -> None:
    held = held_by(profiles[1])
    assert held["reused = [libc.malloc(MB) for _ in range(5)]"] == pytest.approx(
        5_000_000, rel=0.01
    )
    assert profiles[1]["peak_bytes"] == pytest.approx(5_000_000, rel=0.02)


TRACEMALLOC = """
import tracemalloc
import filprofiler
from filprofiler import _filext

def grow():
    return [bytearray(100) for _ in range(100_000)]

for first in (True, False):
    if first:
        tracemalloc.start()
    with filprofiler.recording() as result:
        if not first:
            tracemalloc.start()
        kept = grow()
        tracemalloc.stop()
        more = grow()
    print(result.snapshot.peak_bytes > 20_000_000, result.snapshot.peak_bytes < 50_000_000)
    with filprofiler.recording() as result:
        again = grow()
    print(result.snapshot.peak_bytes > 10_000_000, result.snapshot.peak_bytes < 28_000_000)
    del kept, more, again
"""


def test_tracemalloc_on_top_or_below(tmp_path: Path) -> None:
    """tracemalloc puts back, when it stops, the hooks that it found when it started: with or
    without ours. Nothing is counted twice."""
    (tmp_path / "both.py").write_text(TRACEMALLOC)
    done = run_profiled(["both.py"], tmp_path / "out", command="python", cwd=tmp_path)
    assert (done.returncode, done.program_stderr, done.stdout.split()) == (0, "", ["True"] * 8)


ARENAS = """
import ctypes

import filprofiler

MIB = 1 << 20
SIZE = ctypes.c_size_t
NONE, READ_WRITE, PRIVATE, ANONYMOUS, NORESERVE, DONTNEED = 0, 3, 2, 0x20, 0x4000, 4
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p


def reserved(size, protection, flags):
    flags |= PRIVATE | ANONYMOUS
    return libc.mmap(None, SIZE(size), protection, flags, -1, ctypes.c_long(0))


def touched(at, size):
    ctypes.memset(at, 1, size)


def peak():
    return filprofiler.stop().bytes_by_kind["anonymous mapping"] // MIB


arena = reserved(400 * MIB, READ_WRITE, NORESERVE)
closed = reserved(1024 * MIB, NONE, 0)
gone = reserved(300 * MIB, READ_WRITE, NORESERVE)
touched(arena, 50 * MIB)
touched(gone, 10 * MIB)
libc.mprotect(ctypes.c_void_p(closed), SIZE(20 * MIB), READ_WRITE)
touched(closed, 20 * MIB)
filprofiler.start()
print(peak())
filprofiler.start()
libc.madvise(ctypes.c_void_p(arena), SIZE(50 * MIB), DONTNEED)
touched(arena, 30 * MIB)
libc.mprotect(ctypes.c_void_p(closed + 20 * MIB), SIZE(40 * MIB), READ_WRITE)
touched(closed + 20 * MIB, 40 * MIB)
libc.munmap(ctypes.c_void_p(gone), SIZE(300 * MIB))
print(peak())
filprofiler.start()
touched(arena, 60 * MIB)
print(peak())
"""


def test_arenas_from_before(tmp_path: Path) -> None:
    """What comes into memory of an allocator's reservation during the recording counts, whenever it
    was reserved; what was there doesn't."""
    (tmp_path / "arenas.py").write_text(ARENAS)
    done = run_profiled(["arenas.py"], tmp_path / "out", command="python")
    assert (done.returncode, done.stdout.split()) == (0, ["0", "70", "30"]), done.stderr
