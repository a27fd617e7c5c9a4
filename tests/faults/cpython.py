# SPDX-License-Identifier: Apache-2.0
"""CPython's own tests, plain and under the profiler, side by side: every single test ends the same
way, and so does the process.

`./dev test-cpython` runs this file; it takes minutes, so its name keeps it out of `./dev test`.

Some of CPython's tests fail now and then on a busy machine. A module with a difference is therefore
run again, whole, because a test may depend on those before it. What counts is an outcome under the
profiler that no plain run had, every time. What differed only once is printed as a warning."""

import os
import signal
import subprocess
import sys
import warnings
import xml.etree.ElementTree
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest

import filprofiler

ROUNDS = 3
LONGEST = 600  # seconds for one module
MODULES = [
    "array",
    "asyncio",
    "bytes",
    "coroutines",
    "ctypes",
    "decimal",
    "dict",
    "exceptions",
    "faulthandler",
    "gc",
    "generators",
    "io",
    "json",
    "list",
    "mmap",
    "os",
    "pickle",
    "re",
    "signal",
    "subprocess",
    "sys",
    "thread",
    "threading",
    "weakref",
    "zlib",
    "atexit",
    "audit",
    "capi",
    "context",
    "fork1",
    "frame",
    "importlib",
    "interpreters",
    "posix",
    "resource",
    "sys_setprofile",
    "sys_settrace",
    "traceback",
    "tracemalloc",
    "bdb",
    "cmd_line",
    "code",
    "cprofile",
    "finalization",
    "memoryview",
    "multiprocessing_main_handling",
    "popen",
    "threading_local",
    "threadsignals",
    "trace",
]
MODULES.append("str" if find_spec("test.test_str") else "unicode")  # renamed in 3.13
if find_spec("test.test_monitoring"):  # since 3.12
    MODULES.append("monitoring")

# Test => why it can't end the same way under the profiler.
EXCEPTIONS: dict[str, str] = {}

Outcomes = dict[
    str, str
]  # test => passed, skipped, failure, error …; and how the process ended, as EXIT
EXIT = "the process"


def read_outcomes(junit: Path) -> Outcomes:
    """Read a JUnit report. A test of which only subtests failed stands there without a name; it
    gets its number for one."""
    outcomes: Outcomes = {}
    if not junit.exists():
        return outcomes  # the process died on its way
    for number, case in enumerate(xml.etree.ElementTree.parse(junit).iter("testcase")):
        name = case.get("name")
        kinds = [part.tag for part in case if part.tag not in ("system-out", "system-err")]
        outcomes[name or f"test {number}"] = (
            " ".join(kinds) if kinds else "passed" if name else "failure"
        )
    return outcomes


def run_module(module: str, folder: Path, profiled: bool) -> Outcomes:
    """Run a module of CPython's tests; what it prints goes into folder/log, the profiler's report
    into folder/report."""
    folder.mkdir()
    launcher = (
        ["-m", "filprofiler", "-o", str(folder / "report"), "--no-browser", "run"]
        if profiled
        else []
    )
    command = [
        sys.executable,
        *launcher,
        "-m",
        "test",
        "-u",
        "none",
        "--junit-xml",
        str(folder / "junit.xml"),
        f"test_{module}",
    ]
    with open(folder / "log", "w") as log:
        program = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            ending = f"exit code {program.wait(LONGEST)}"
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()
            ending = f"still running after {LONGEST} s"
    return read_outcomes(folder / "junit.xml") | {EXIT: ending}


Runner = Callable[[str, Path, bool], Outcomes]


def lasting_differences(
    module: str, folder: Path, run: Runner
) -> dict[str, tuple[list[str], list[str]]]:
    """Return the tests that never end under the profiler as they do without it: test => (plain
    outcomes, outcomes under it)."""
    plain: list[Outcomes] = []
    profiled: list[Outcomes] = []
    lasting: set[str] = set()
    for number in range(ROUNDS):
        with ThreadPoolExecutor(2) as both:
            runs = [
                both.submit(run, module, folder / f"{name}{number}", name == "profiled")
                for name in ("plain", "profiled")
            ]
        plain.append(runs[0].result())
        profiled.append(runs[1].result())
        names = {name for one in plain + profiled for name in one} if number == 0 else lasting
        lasting = {
            name
            for name in names
            if not {one.get(name) for one in plain} & {one.get(name) for one in profiled}
        }
        passing = names - lasting if number else set()
        for name in sorted(passing):
            warnings.warn(f"test_{module}: {name} differed once, then not", stacklevel=2)
        if not lasting:
            break
    return {
        name: ([str(one.get(name)) for one in plain], [str(one.get(name)) for one in profiled])
        for name in sorted(lasting)
    }


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """A program started where SIGINT is ignored (a shell's background job) ignores it too, and
    tests of Ctrl-C fail."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("module", MODULES)
def test_same_outcomes(module: str, tmp_path: Path) -> None:
    assert find_spec("test") and find_spec(f"test.test_{module}"), (
        "this Python comes without its tests; set FIL_PYTHON to another"
    )
    differences = lasting_differences(module, tmp_path, run_module)
    for name in [name for name in differences if name in EXCEPTIONS]:
        del differences[name]
    assert not differences, (tmp_path / "profiled0/log").read_text()[-4000:]
    assert len(read_outcomes(tmp_path / "plain0/junit.xml")) > 3
    # It was recorded, to its end.
    (profile,) = (tmp_path / "profiled0/report").glob("*/peak-memory.json")
    assert filprofiler.Snapshot.load(profile).peak_bytes > 5_000_000


def test_a_difference_is_seen_when_it_lasts(tmp_path: Path) -> None:
    calls = 0

    def run(module: str, folder: Path, profiled: bool) -> Outcomes:
        nonlocal calls
        calls += profiled
        if not profiled:
            return {"same": "passed", "broken": "passed", "flaky": "passed", "lost": "skipped"}
        return {
            "same": "passed",
            "broken": "failure",
            "flaky": "failure" if calls == 1 else "passed",
        }

    with pytest.warns(UserWarning, match="flaky differed once"):
        differences = lasting_differences("x", tmp_path, run)
    assert differences == {
        "broken": (["passed"] * 3, ["failure"] * 3),
        "lost": (["skipped"] * 3, ["None"] * 3),
    }
