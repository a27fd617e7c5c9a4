# SPDX-License-Identifier: Apache-2.0
"""Memory running out: a report whatever the limit, and no false alarm."""

import json
import os
import re
from pathlib import Path

import pytest
from support.limits import MIB, run_in
from support.running import Outcome, run_plain, run_profiled

REPORT = {
    "index.html",
    "out-of-memory.json",
    "out-of-memory.prof",
    "out-of-memory-reversed.svg",
    "out-of-memory.svg",
}
GROW = """
import resource, sys
kept = []
def grow(size):
    kept.append(bytearray(size))
resource.setrlimit(resource.{limit}, (1 << 30, 1 << 30))
for _ in range({count}): grow({size})
print("survived", len(kept))
"""


def run(program: str, folder: Path, options: tuple[str, ...] = ()) -> Outcome:
    (folder / "program.py").write_text(program)
    return run_profiled(["program.py"], folder / "out", options=options)


@pytest.mark.parametrize("limit", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_a_failed_request_ends_in_a_report(limit: str, tmp_path: Path) -> None:
    done = run(GROW.format(limit=limit, count=100, size=50_000_000), tmp_path)
    assert (done.returncode, done.stdout, done.program_stderr) == (53, "", "")
    assert done.report and {path.name for path in done.report.iterdir()} == REPORT
    assert (
        "Out of memory: a request for 47.7 MiB failed" in done.stderr and f"{limit} " in done.stderr
    )
    assert "Wrote memory usage flamegraph to " in done.stderr
    svg = (done.report / "out-of-memory.svg").read_text()
    assert "Memory When It Ran Out (" in svg
    profile = json.loads((done.report / "out-of-memory.json").read_text())
    assert profile["kind"] == "out-of-memory" and limit in profile["reason"]["text"]
    assert profile["requested_bytes"] == pytest.approx(50_000_000, abs=100)
    assert "Memory at that time, with the refused request: " in done.stderr
    assert sum(part[4] for part in profile["parts"]) == pytest.approx(
        50_000_000, rel=0.01
    )  # the request: it was never given
    largest = (done.report / "out-of-memory.prof").read_text().splitlines()[0]
    stack, _, held = largest.rpartition(" ")
    file = tmp_path / "program.py"
    assert stack == f"{file}:7 (<module>);{file}:5 (grow)"  # with the request that failed
    assert int(held) == pytest.approx(profile["peak_bytes"], rel=0.01) and int(held) > 800 * MIB


@pytest.mark.parametrize(
    ("count", "size"), [(1, 900_000_000), (100, 1_000_000), (9, 90_000_000), (1_500_000, 100)]
)
def test_coming_near_a_limit_is_no_alarm(count: int, size: int, tmp_path: Path) -> None:
    program = GROW.format(limit="RLIMIT_AS", count=count, size=size).replace(
        "1 << 30", "1250 << 20"
    )
    done = run(program, tmp_path)
    assert (done.returncode, done.stdout) == (0, f"survived {count}\n"), done.stderr
    assert done.report and "out-of-memory.svg" not in os.listdir(done.report)


HUGE_PAGES = """
import mmap
try: huge = mmap.mmap(-1, 1 << 40, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)  # MAP_HUGETLB
except OSError as error: print(error.strerror)
"""


def test_a_machine_without_huge_pages_is_no_alarm(tmp_path: Path) -> None:
    """A program that gets none asks for small ones next."""
    done = run(HUGE_PAGES, tmp_path)
    assert (done.returncode, done.stdout) == (0, "Cannot allocate memory\n"), done.stderr


NO_GIL = """
import ctypes, numpy
malloc = ctypes.CDLL(None).malloc
malloc.argtypes, malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
print(malloc(1 << 60))  # without the GIL: nothing of Python can be watched then
numpy.ones(2**50)
"""


def test_the_second_request_that_no_machine_could_fulfil(tmp_path: Path) -> None:
    done = run(NO_GIL, tmp_path)
    assert (done.returncode, done.stdout) == (53, "None\n"), done.stderr


ABSURD = """
import numpy
kept = numpy.ones(20_000_000)
def ask(): return numpy.ones(2**50)
try: ask()
except MemoryError: print("caught")
{rest}
"""


THREAD = "import threading\nthread = threading.Thread(target=ask); thread.start(); thread.join()"
UNCAUGHT = {  # how it ends => the exit code
    "": 0,
    "ask()": 53,
    "try: ask()\nexcept MemoryError: raise": 53,
    "try: ask()\nexcept MemoryError as error: raise ValueError from error": 1,
    "try: ask()\nexcept MemoryError as error: raise MemoryError from error": 53,
    "raise SystemExit(1)": 1,
    "try: ask()\nexcept MemoryError: raise SystemExit(4)": 4,
    "raise ValueError": 1,
    THREAD: 0,
    THREAD + "\nask()": 53,
    "import asyncio\nasync def main(): ask()\nasyncio.run(main())": 53,
    "import asyncio\nasync def main():\n  try: await asyncio.to_thread(ask)\n"
    "  except MemoryError: pass\nasyncio.run(main())": 0,
    "import atexit\natexit.register(ask)": 0,
    "import sys\nsys.excepthook = lambda *error: None\nask()": 53,
    # a library that prints the error and goes on
    "import ctypes\nctypes.pythonapi.PyRun_SimpleString(b'bytearray(2**50)')": 0,
}


@pytest.mark.parametrize(("rest", "code"), UNCAUGHT.items())
def test_a_request_that_no_machine_could_fulfil(rest: str, code: int, tmp_path: Path) -> None:
    """It is reported, the program goes on, and only when it dies of that MemoryError is the exit
    code ours."""
    done = run(ABSURD.format(rest=rest), tmp_path)
    assert (done.returncode, done.stdout) == (code, "caught\n")
    plain = run_plain(["program.py"])
    assert re.sub("0x[0-9a-f]+", "", done.program_stderr) == re.sub("0x[0-9a-f]+", "", plain.stderr)
    assert plain.returncode == (1 if code == 53 else code)
    assert done.report and {path.name for path in done.report.iterdir()} == REPORT | {
        "peak-memory.json", "peak-memory.prof", "peak-memory-reversed.svg", "peak-memory.svg"
    }  # fmt: skip
    profile = json.loads((done.report / "out-of-memory.json").read_text())
    assert (
        profile["peak_bytes"] < 400 * MIB and "requested_bytes" not in profile
    )  # it would dwarf everything else
    assert "a request for 8.0 PiB failed" in done.stderr and "Memory at that time: " in done.stderr


SWITCHED_OFF = {
    "a limit of its own": GROW.format(limit="RLIMIT_AS", count=100, size=50_000_000),
    "no machine could": ABSURD.format(rest="ask()"),
    "small pieces": GROW.format(limit="RLIMIT_AS", count=100_000_000, size=100),
}


@pytest.mark.parametrize("name", SWITCHED_OFF)
def test_detection_switched_off(name: str, tmp_path: Path) -> None:
    """A failed allocation is an ordinary MemoryError, and nothing is said or written."""
    done = run(SWITCHED_OFF[name], tmp_path, options=("--disable-oom-detection",))
    plain = run_plain(["program.py"])
    assert (done.returncode, done.stdout) == (
        plain.returncode,
        plain.stdout,
    ) and plain.returncode == 1
    assert (
        "MemoryError" in plain.stderr.splitlines()[-1]
        and "MemoryError" in done.program_stderr.splitlines()[-1]
    )
    assert (
        name == "small pieces" or done.program_stderr == plain.stderr
    )  # there Python may have none left for the traceback
    assert (
        done.report
        and "out-of-memory.svg" not in os.listdir(done.report)
        and "Out of memory" not in done.stderr
    )


def test_recordings_from_code_with_detection_switched_off(tmp_path: Path) -> None:
    program = (
        "import resource\nimport filprofiler\nfrom filprofiler import _filext\nkept = []\n"
        "filprofiler.start()\n"
    )
    program += (
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\ntry:\n"
        "    while True: kept.append(bytearray(50_000_000))\n"
    )
    program += (
        "except MemoryError: kept.clear()\n"
        "print(_filext.shortage(), filprofiler.stop().peak_bytes > 700_000_000)\n"
    )
    (tmp_path / "code.py").write_text(program)
    done = run_profiled(
        ["code.py"], tmp_path / "out", command="python", options=("--disable-oom-detection",)
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "None True\n", "")


OVERFLOWS = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.calloc.restype = libc.reallocarray.restype = libc.aligned_alloc.restype = ctypes.c_void_p
large = ctypes.c_size_t(2**63)
three, sixteen, mib = (ctypes.c_size_t(number) for number in (3, 16, 1 << 20))
print(libc.calloc(large, sixteen), libc.reallocarray(None, large, sixteen), ctypes.get_errno())
print(libc.posix_memalign(ctypes.byref(ctypes.c_void_p()), three, mib))
"""


def test_what_fails_for_other_reasons(tmp_path: Path) -> None:
    done = run(OVERFLOWS, tmp_path)
    assert (done.returncode, done.stdout) == (0, "None None 12\n22\n")
    assert done.report and "out-of-memory.svg" not in os.listdir(done.report)


GROUP_GROW = (
    "kept = []\ndef grow(): kept.append({piece})\nfor _ in range({count}): grow()\n"
    "print('survived')\n"
)


@pytest.mark.parametrize("piece", ["bytearray(10_000_000)", "[[i] for i in range(10_000)]"])
def test_a_control_group_at_its_limit(piece: str, control_group: Path, tmp_path: Path) -> None:
    """Large blocks and small ones: the report comes before the kernel's killer."""
    done = run_in(control_group, GROUP_GROW.format(piece=piece, count=1000), tmp_path)
    assert (done.returncode, done.stdout) == (53, ""), done.stderr
    assert f"control group /{control_group.name}" in done.stderr
    (report,) = (tmp_path / "out").iterdir()
    assert {path.name for path in report.iterdir()} == REPORT
    assert "(grow)" in (report / "out-of-memory.prof").read_text().splitlines()[0]


@pytest.mark.parametrize("megabytes", [50, 100, 150, 200])
def test_a_control_group_that_suffices(megabytes: int, control_group: Path, tmp_path: Path) -> None:
    done = run_in(
        control_group,
        GROUP_GROW.format(piece="bytearray(5_000_000)", count=megabytes // 5),
        tmp_path,
    )
    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stderr


REFUSED = """
import filprofiler
from filprofiler import _filext
kept = []
filprofiler.start()
try:
    while True: kept.append({piece})
except MemoryError: kept.clear()
print(filprofiler.Snapshot(_filext.shortage()).reason)
filprofiler.stop()
"""


@pytest.mark.parametrize("piece", ["bytearray(10_000_000)", "list(range(2_000_000))"])
def test_a_request_refused_before_the_limit(
    piece: str, control_group: Path, tmp_path: Path
) -> None:
    """It is told of once, as what it is: nothing has failed yet."""
    done = run_in(control_group, REFUSED.format(piece=piece), tmp_path, command="python")
    assert (done.returncode, done.stderr) == (0, "")
    assert " requested, " in done.stdout and f"control group /{control_group.name}" in done.stdout


IN_CODE = """
import resource
import filprofiler
from filprofiler import _filext
def work():
    kept = []
    while True: kept.append(bytearray(50_000_000))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
for _ in range(2):
    filprofiler.start()
    try: work()
    except MemoryError: print("MemoryError")
    short = filprofiler.Snapshot(_filext.shortage())
    last = short.stacks[0].frames[-1]
    print(short.reason.split(":")[0], short.peak_bytes > 700_000_000, last.function)
    peak = filprofiler.stop()
    print(peak.reason, peak.peak_bytes < short.peak_bytes)
"""


def test_recordings_from_code_are_refused_and_go_on(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(IN_CODE)
    done = run_profiled(["code.py"], tmp_path / "out", command="python", cwd=tmp_path)
    assert (done.returncode, done.program_stderr) == (0, "")
    assert done.stdout == "MemoryError\nOut of memory True work\nNone True\n" * 2
