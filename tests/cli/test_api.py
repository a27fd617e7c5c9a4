# SPDX-License-Identifier: Apache-2.0
"""Python's face: recordings from code, snapshots, and what happens without the profiler."""

import ctypes.util
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from support.running import run_profiled

import filprofiler
from filprofiler import _filext


def test_without_the_shim() -> None:
    import filprofiler.api

    for call in (filprofiler.start, filprofiler.stop, filprofiler.snapshot):
        with pytest.raises(RuntimeError, match="fil-profile run"):
            call()
    with pytest.raises(RuntimeError, match="Python 3 with Fil"):
        filprofiler.api.profile(lambda: 1, "nowhere")


def test_import_is_light() -> None:
    code = (
        "import sys; before = set(sys.modules); import filprofiler, filprofiler.api; "
        "print(set(sys.modules) - before)"
    )
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    for heavy in ("IPython", "numpy", "json", "argparse", "pathlib"):
        assert f"'{heavy}'" not in modules


def test_recordings_one_after_another(tmp_path: Path) -> None:
    script = """
import filprofiler
import json, filprofiler.snapshots
from filprofiler.api import profile
before = bytearray(30_000_000)
for size in (10_000_000, 5_000_000):
    with filprofiler.recording() as result:
        block = bytearray(size)
        so_far = filprofiler.snapshot()
        del before, block
        before = bytearray(100)
    assert abs(so_far.peak_bytes - size) < 100_000, so_far
    assert abs(result.snapshot.peak_bytes - size) < 900_000, result.snapshot
    top = result.snapshot.top_lines(1)[0]
    assert f'{top.frame} {top.source}'.endswith('a.py:8 (<module>) block = bytearray(size)'), top
def work():
    return len(bytearray(20_000_000))
assert profile(work, 'here') == 20_000_000
snapshot = filprofiler.Snapshot.load('here/peak-memory.json')
frames = [str(frame).split('/')[-1] for frame in snapshot.stacks[0].frames]
assert frames == ['a.py:18 (<module>)', 'a.py:17 (work)'], snapshot.stacks[0]
def fail():
    raise KeyError('mine')
try:
    profile(fail, 'failed')
except KeyError as error:
    print(error)
filprofiler.start()
try:
    filprofiler.start()
except RuntimeError as error:
    print('already' in str(error))
"""
    (tmp_path / "a.py").write_text(script)
    done = run_profiled(["a.py"], tmp_path / "out", command="python")
    assert (done.stdout, done.program_stderr, done.returncode) == ("'mine'\nTrue\n", "", 0)
    assert (tmp_path / "failed/index.html").exists()


@pytest.mark.parametrize(
    "profile", [b"", b"{}", b"[1]", b'{"format": "filprofiler", "version": 2}', b"\xff" * 100]
)
def test_what_is_no_profile(profile: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a profile"):
        _filext.render(profile, "svg")
    (tmp_path / "bad.json").write_bytes(profile)
    with pytest.raises(ValueError, match=r"bad\.json: not a profile"):
        filprofiler.Snapshot.load(tmp_path / "bad.json")


def test_the_package_names_all_that_it_has() -> None:
    code = """
import filprofiler
assert filprofiler.api.profile is filprofiler.profile
names = {"api", "profile", "Snapshot", "recording", "start", "stop", "snapshot", "__version__"}
assert names <= set(dir(filprofiler))
assert all(hasattr(filprofiler, name) for name in dir(filprofiler))
try: filprofiler.nothing
except AttributeError as error: print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "module 'filprofiler' has no attribute 'nothing'\n", done.stderr


POOLS = """
import ctypes, filprofiler, sys, types
openmp = ctypes.CDLL("libgomp.so.1")
before = {"numexpr": 7}
def set_num_threads(count):
    old, before["numexpr"] = before["numexpr"], count
    return old
sys.modules["numexpr"] = types.SimpleNamespace(set_num_threads=set_num_threads)
openmp.omp_set_num_threads(3)
def count(): return openmp.omp_get_max_threads(), before["numexpr"]
with filprofiler.recording():
    print(count())
print(count())
print(filprofiler.api.profile(count, "here"), count())
@filprofiler.profile(path="there")
def decorated(): return count()
print(decorated(), count())
try:
    with filprofiler.recording(): raise KeyError
except KeyError: print(count())
filprofiler.start()
try: filprofiler.recording().__enter__()
except RuntimeError: print(count())
"""


def test_thread_pools_run_one_thread_inside(tmp_path: Path) -> None:
    if not ctypes.util.find_library("gomp"):
        pytest.skip("this machine has no libgomp")
    (tmp_path / "pools.py").write_text(POOLS)
    done = run_profiled(["pools.py"], tmp_path / "out", command="python")
    assert done.stdout == "(1, 1)\n(3, 7)\n(1, 1) (3, 7)\n(1, 1) (3, 7)\n(3, 7)\n(3, 7)\n", (
        done.stderr
    )


DECORATED = """
import asyncio, inspect, os, threading
import filprofiler

@filprofiler.profile
def load(size: int, *, twice: bool = False) -> int:
    "Loads."
    held = bytearray(size)
    return len(held) * (2 if twice else 1)

class Loader:
    size = 20_000_000
    @filprofiler.profile(path="methods")
    def load(self): return len(bytearray(self.size))
    @filprofiler.profile(path="methods")
    @classmethod
    def of_class(cls): return len(bytearray(cls.size))
    @staticmethod
    @filprofiler.profile(path="methods")
    def of_none(size): return len(bytearray(size))

@filprofiler.profile(path="recursion")
def down(depth): return bytearray(10_000_000) + (down(depth - 1) if depth else b"")

@filprofiler.profile(path="coroutines")
async def fetch(size):
    held = bytearray(size)
    await asyncio.sleep(0.01)
    return len(held)

@filprofiler.profile(path="errors")
def fail():
    held = bytearray(30_000_000)
    raise KeyError("mine")

print(load(10_000_000, twice=True), load.__name__, load.__doc__, inspect.signature(load),
      load.__wrapped__.__name__)
print(Loader().load(), Loader.of_class(), Loader.of_none(20_000_000), len(down(2)))
async def both(): return await asyncio.gather(fetch(40_000_000), fetch(1_000_000))
print(inspect.iscoroutinefunction(fetch), asyncio.run(both()), asyncio.run(fetch(1_000_000)))
try: fail()
except KeyError as error: print(error)
with filprofiler.recording() as result: print(load(8_000_000))
print(result.snapshot.peak_bytes > 8_000_000, result.snapshot.of_the_whole_run)
for wrong in ("folder", int):
    try: filprofiler.profile(wrong)
    except TypeError as error: print(str(error)[:30])
async def pieces(): yield 1
def parts(): yield 1
for generator in (parts, pieces):
    try: filprofiler.profile(generator)
    except TypeError as error: print(str(error)[:50])
@filprofiler.profile(path="forks")
def forks():
    if os.fork() == 0: return "child"
    os.wait()
    return "parent"
if forks() == "child": os._exit(0)
os.mkdir("locked")
open("file", "w").close()
@filprofiler.profile(path="file/below")
def kept(): return "kept"
print(kept())
"""


def peaks_in(folder: Path) -> list[int]:
    """In tens of megabytes."""
    return [
        round(filprofiler.Snapshot.load(path).peak_bytes / 10_000_000)
        for path in sorted(folder.glob("*/peak-memory.json"))
    ]


def test_decorated_functions(tmp_path: Path) -> None:
    (tmp_path / "decorated.py").write_text(DECORATED)
    done = run_profiled(["decorated.py"], tmp_path / "out", command="python")
    assert done.program_stderr == "" and done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "20000000 load Loads. (size: int, *, twice: bool = False) -> int load",
        "20000000 20000000 20000000 30000000",
        "True [40000000, 1000000] 1000000",
        "'mine'",
        "8000000",
        "True False",
        *["profile() decorates functions,"] * 2,
        *["profile() can't decorate a generator function, whi"] * 2,
        "kept",
    ]
    assert peaks_in(tmp_path / "fil-result") == [1] and peaks_in(tmp_path / "methods") == [2, 2, 2]
    assert len(peaks_in(tmp_path / "recursion")) == 1 and peaks_in(tmp_path / "recursion")[0] >= 3
    assert peaks_in(tmp_path / "coroutines") == [4, 0] and peaks_in(tmp_path / "errors") == [3]
    assert len(peaks_in(tmp_path / "forks")) == 1
    [folder] = (tmp_path / "fil-result").iterdir()
    assert (
        f"=fil-profile= load: peak memory 9.5 MiB; wrote the report to {folder}/index.html\n"
        in done.stderr
    )
    assert (
        "=fil-profile= Can't write the report of kept in 'file/below': Not a directory\n"
        in done.stderr
    )
    assert done.stderr.count("\n") == 10


def test_a_decorated_function_without_the_profiler(tmp_path: Path) -> None:
    @filprofiler.profile
    def load() -> int:
        return 1

    for _ in range(2):
        with pytest.raises(RuntimeError, match="fil-profile python"):
            load()


UNDER_RUN = """
import filprofiler
early = bytearray(50_000_000)
del early
with filprofiler.recording() as result:
    block = bytearray(10_000_000)
print(result.snapshot.of_the_whole_run, round(result.snapshot.peak_bytes / 10_000_000))
filprofiler.start()
try: filprofiler.start()
except RuntimeError as error: print("already" in str(error))
print(filprofiler.stop().of_the_whole_run, filprofiler.snapshot().of_the_whole_run)
print(filprofiler.api.profile(lambda: 7, "here"))
@filprofiler.profile
def decorated(): return 8
print(decorated())
late = bytearray(100_000_000)
"""


@pytest.mark.parametrize("options", [(), ("-q",)])
def test_recordings_within_a_run(options: tuple[str, ...], tmp_path: Path) -> None:
    """They give the whole run's peak so far, say so once, and the run's own report isn't
    disturbed."""
    (tmp_path / "within.py").write_text(UNDER_RUN)
    done = run_profiled(["within.py"], tmp_path / "out", options=options)
    assert (done.returncode, done.stdout) == (0, "True 5\nTrue\nTrue True\n7\n8\n"), done.stderr
    assert done.stderr.count(
        "records the whole program: start(), recording() and profile() give its peak so far"
    ) == (not options)
    assert ("decorated: peak memory" in done.stderr) == (not options) and done.program_stderr == ""
    assert done.bytes_at("within.py:16 (<module>)") == pytest.approx(100_000_000, rel=0.01)
    assert (
        round(filprofiler.Snapshot.load(tmp_path / "here/peak-memory.json").peak_bytes / 10_000_000)
        == 5
    )
    assert peaks_in(tmp_path / "fil-result") == [5]


def test_a_program_can_still_end_the_runs_recording(tmp_path: Path) -> None:
    (tmp_path / "stops.py").write_text(
        "import filprofiler\nprint(filprofiler.stop().of_the_whole_run)\nfilprofiler.start()\n"
    )
    done = run_profiled(["stops.py"], tmp_path / "out")
    assert (done.returncode, done.stdout, done.program_stderr) == (0, "False\n", "")


TYPES = """
from collections.abc import Awaitable, Callable
from typing import assert_type
import filprofiler
from filprofiler import api

@filprofiler.profile
def load(size: int) -> str: return ""

@filprofiler.profile(path="here")
def other(*, name: str) -> bytes: return b""

@api.profile
async def fetch() -> int: return 1

class Loader:
    @filprofiler.profile
    def load(self, size: int) -> float: return 1.0

assert_type(load(1), str)
assert_type(other(name=""), bytes)
assert_type(Loader().load(1), float)
assert_type(filprofiler.profile(lambda: 3, "out"), int)
async def use() -> None: assert_type(await fetch(), int)
load("wrong")
"""


def test_types(tmp_path: Path) -> None:
    if not importlib.util.find_spec("mypy"):
        pytest.skip("mypy isn't installed here")
    (tmp_path / "types_of.py").write_text(TYPES)
    line = [sys.executable, "-m", "mypy", "--strict", "types_of.py"]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.stdout.count("error:") == 1 and 'incompatible type "str"' in done.stdout, (
        done.stdout
    )
