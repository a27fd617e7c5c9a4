# SPDX-License-Identifier: Apache-2.0
"""What the profiler adds to an event, counted in instructions: on a machine that others use, too,
time says nothing within 3 %.

A count is what twice as many events add, profiled less plain, divided by the events. So start,
report, and what Python and libc do themselves drop out. `./dev instructions` records the counts of
this interpreter and compiler again; say in the commit why they changed."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from filprofiler.kernel.launcher import package_folder
from support.running import REPOSITORY

from filprofiler import _filext

RECORDED = REPOSITORY / "tests/engine/instructions.json"
TOLERANCE = 0.03

WORKLOADS = {  # name => (events, program, which gets their number as `events`)
    "small objects": (60_000, "kept = []\nfor number in range(events): kept.append([number])"),
    "json.loads": (6_000, """import json
one = lambda number: {"id": number, "name": f"n{number}", "v": [number + 0.5, None]}
text = json.dumps([one(number) for number in range(1_000)])
for _ in range(events // 1_000): json.loads(text)"""),
    "malloc and free": (200_000, """import ctypes
ctypes.CDLL("./malloc_free_pairs.so").malloc_free_pairs(ctypes.c_long(events))"""),
    "recursion, 50 deep": (30_000, """def deeper(depth):
    if depth: return deeper(depth - 1)
    kept = []
    for number in range(300): kept.append([number])
for _ in range(events // 300): deeper(50)"""),
}  # fmt: skip


def callgrind() -> Path:
    """Find the tool itself: valgrind's own launcher wouldn't live with the shim preloaded."""
    folders = (
        Path("/usr/libexec/valgrind"),
        Path("/usr/lib/valgrind"),
    )  # of Debian 11 and newer, and of older ones and others
    found = [
        path
        for folder in folders
        for name in ("amd64", "arm64")
        for path in folder.glob(f"callgrind-{name}-linux")
    ]
    if not found:
        pytest.skip("valgrind isn't installed (on Debian: apt-get install valgrind)")
    return found[0]


def build() -> str:
    """Name what counts depend on: the interpreter's version and how it was built, the processor,
    the compiler.

    Debian's 3.11 makes 6 % more of an event than one that was built without optimizations.
    """
    compiler = subprocess.run(
        ["cc", "-dumpversion"], capture_output=True, text=True, check=True
    ).stdout.strip()
    configured = hashlib.sha256(str(sysconfig.get_config_var("CONFIG_ARGS")).encode()).hexdigest()[
        :6
    ]
    return (
        f"Python {platform.python_version()} ({configured}), {platform.machine()}, gcc "
        f"{compiler.partition('.')[0]}"
    )


def instructions(program: str, folder: Path, profiled: bool) -> int:
    """Run a program under callgrind, plain or profiled; how many instructions it took."""
    tool, script, counts = callgrind(), folder / "program.py", folder / "counts"
    script.write_text(program)
    # Nothing of the caller's environment: its size moves the stack.
    environment = {
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
        "VALGRIND_LAUNCHER": "/usr/bin/valgrind",
        "VALGRIND_LIB": str(tool.parent),
    }
    if profiled:
        shutil.rmtree(folder / "out", ignore_errors=True)
        (folder / "out").mkdir()
        environment |= {
            "LD_PRELOAD": f"{package_folder()}/libfilshim.so",
            "_FIL_MODE": "run",
            "_FIL_QUIET": "1",
            "_FIL_EXTENSION": str(_filext.__file__),
            "_FIL_PYTHON": sys.executable,
            "_FIL_OUTPUT": str(folder / "out"),
        }
    line = [
        str(tool),
        "--tool=callgrind",
        f"--callgrind-out-file={counts}",
        sys.executable,
        "-S",
        "-B",
        script.name,
    ]
    done = subprocess.run(
        line, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert not profiled or (folder / "out/peak-memory.json").exists(), done.stderr
    return next(
        int(line.split()[1])
        for line in counts.read_text().splitlines()
        if line.startswith("summary:")
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("instructions")
    source = REPOSITORY / "benchmarks/native/malloc_free_pairs.c"
    subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", source, "-o", folder / "malloc_free_pairs.so"], check=True
    )
    return folder


@pytest.mark.parametrize("name", WORKLOADS)
def test_instructions(name: str, folder: Path) -> None:
    events, program = WORKLOADS[name]
    taken = {
        (profiled, times): instructions(f"events = {times * events}\n{program}", folder, profiled)
        for profiled in (False, True)
        for times in (1, 2)
    }
    added = taken[True, 2] - taken[True, 1] - (taken[False, 2] - taken[False, 1])
    count = round(added / events, 1)
    counts = json.loads(RECORDED.read_text())
    if os.environ.get("FIL_RECORD_INSTRUCTIONS"):
        counts.setdefault(build(), {})[name] = count
        RECORDED.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n")
    recorded = counts.get(build(), {}).get(name)
    if recorded is None:
        pytest.skip(
            f"no counts are recorded for {build()}: ./dev instructions does it ({name}: {count} "
            "now)"
        )
    change = count / recorded - 1
    assert abs(change) <= TOLERANCE, (
        f"{name}: {count} instructions an event, {change:+.1%} from the {recorded} recorded"
    )
