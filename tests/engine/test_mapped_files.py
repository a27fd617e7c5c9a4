# SPDX-License-Identifier: Apache-2.0
"""Resident memory when it was largest: what it was made of, and the mapped files among it."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from support.running import REPOSITORY, Outcome, run_profiled
from support.terminals import fil

MIB = 1 << 20
SIZE = 100 * MIB

MAKE = f"""
import mmap, os
folder = os.environ["FOLDER"]
def make(name, size={SIZE}):
    with open(os.path.join(folder, name), "wb") as out:
        for _ in range(size >> 20):
            out.write(bytes(1 << 20))
    return open(out.name, "rb")
def look(mapping):
    return sum(mapping[at] for at in range(0, len(mapping), mmap.PAGESIZE))
peak = bytearray(40 << 20)
del peak
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A folder on a disk, for the files."""
    folder = REPOSITORY / "build" / f"mapped-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    return os.environ | {"FOLDER": str(folder)}


@pytest.fixture(autouse=True)
def _no_files_left(environment: dict[str, str]) -> Any:
    yield
    for path in Path(environment["FOLDER"]).iterdir():
        path.unlink()
    Path(environment["FOLDER"]).rmdir()


def run(
    program: str, tmp_path: Path, environment: dict[str, str]
) -> tuple[Outcome, dict[str, Any]]:
    """Run a program that begins with MAKE; its outcome and its profile."""
    script = tmp_path / "script.py"
    script.write_text(MAKE + program)
    outcome = run_profiled([str(script)], tmp_path / "out", env=environment)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.report is not None
    profile: dict[str, Any] = json.loads((outcome.report / "peak-memory.json").read_text())
    return outcome, profile


def listed(profile: dict[str, Any]) -> dict[str, tuple[int, int, str]]:
    """Each file's mapped and resident bytes, and the moment, by its name."""
    return {
        Path(file["path"]).name: (
            file["mapped_bytes"],
            file["resident_bytes"],
            file.get("moment", "peak"),
        )
        for file in profile["files"]
    }


def test_a_file_that_is_mapped_at_the_end(tmp_path: Path, environment: dict[str, str]) -> None:
    outcome, profile = run(
        'file = make("a")\nmapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)\n'
        "look(mapping)\n",
        tmp_path,
        environment,
    )
    assert listed(profile) == {"a": (SIZE, SIZE, "resident")}
    most = profile["resident"]["at_most"]
    assert most["bytes"] == pytest.approx(profile["resident"]["most_bytes"], rel=0.02)
    assert most["files_bytes"] == pytest.approx(SIZE, rel=0.1)
    assert most["tracked_bytes"] < 10 * MIB
    assert most["at_seconds"] > profile["peak_at_seconds"]
    said = fil("summary", str(outcome.report)).stdout
    files = [line for line in said.splitlines() if " mapped at " in line]
    assert len(files) == 1 and files[0].startswith("  100.0 MiB  of 100.0 MiB  ")
    source = "mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)"
    assert files[0].endswith(f"script.py:14  {source}  when the process was largest")
    assert "between two measurements" not in said
    last = [line for line in outcome.stderr.splitlines() if "Mapped files, not in the peak" in line]
    assert len(last) == 1 and ": 100.0 MiB, a by " in last[0]
    assert last[0].endswith(f"script.py:14  {source}")


def test_a_file_that_was_unmapped_before_the_end(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    program = """
file = make("a")
mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
look(mapping)
mapping.close()
rest = [bytes(100) for _ in range(1000)]
"""
    _, profile = run(program, tmp_path, environment)
    assert listed(profile) == {"a": (SIZE, SIZE, "resident")}
    assert profile["resident"]["at_most"]["bytes"] == pytest.approx(
        profile["resident"]["most_bytes"], rel=0.03
    )


def test_of_files_mapped_one_after_the_other_the_fullest_moments_are_listed(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    program = """
files = [make("a", 30 << 20), make("b", 100 << 20), make("c", 50 << 20)]
for file in files:
    mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    look(mapping)
    mapping.close()
"""
    _, profile = run(program, tmp_path, environment)
    assert listed(profile) == {"b": (SIZE, SIZE, "resident")}


def test_memory_beside_a_file_counts_at_the_same_moment(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """The tracked peak is 40 MiB, without the file; 30 MiB and the file are more."""
    program = """
file = make("a")
mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
look(mapping)
beside = bytearray(30 << 20)
del beside
mapping.close()
"""
    _, profile = run(program, tmp_path, environment)
    most = profile["resident"]["at_most"]
    assert most["bytes"] == pytest.approx(profile["resident"]["most_bytes"], rel=0.03)
    assert most["tracked_bytes"] == pytest.approx(30 * MIB, rel=0.05)
    assert listed(profile) == {"a": (SIZE, SIZE, "resident")}


def test_a_file_of_the_peak_counts_once_and_as_it_was_then(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    program = """
file = make("a")
first = mmap.mmap(file.fileno(), 50 << 20, access=mmap.ACCESS_READ)
look(first)
peak = bytearray(60 << 20)
first.close()
del peak
second = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
look(second)
third = bytearray(50 << 20)
"""
    _, profile = run(program, tmp_path, environment)
    assert listed(profile) == {"a": (50 * MIB, 50 * MIB, "peak")}
    assert profile["resident"]["at_most"]["tracked_bytes"] == pytest.approx(50 * MIB, rel=0.05)


def test_a_killed_programs_recording_has_them(tmp_path: Path, environment: dict[str, str]) -> None:
    program = """
file = make("a")
mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
look(mapping)
import time
some = []
for _ in range(60):  # looks take a small share of the time: the next may be a second away
    some.append(bytearray(1 << 20))
    time.sleep(0.05)
os.kill(os.getpid(), 9)
"""
    script = tmp_path / "script.py"
    script.write_text(MAKE + program)
    output = tmp_path / "out"
    outcome = run_profiled([str(script)], output, env=environment)
    assert outcome.returncode == -signal.SIGKILL
    assert outcome.report is not None
    profile = json.loads((outcome.report / "peak-memory.json").read_text())
    assert listed(profile) == {"a": (SIZE, SIZE, "resident")}
    assert profile["resident"]["at_most"]["files_bytes"] == pytest.approx(SIZE, rel=0.1)


def test_a_stack_leads_to_what_mapped_it(tmp_path: Path, environment: dict[str, str]) -> None:
    numpy = pytest.importorskip(
        "numpy", reason="numpy.memmap is another module's code between the program and mmap"
    )
    assert numpy
    outcome, profile = run(
        'import numpy\nfile = make("a")\ndata = numpy.memmap(file.name, mode="r")\n'
        "print(int(data.sum()))\n",
        tmp_path,
        environment,
    )
    node, lines = profile["files"][0]["node"], []
    while node:
        node, function, line, *_ = profile["nodes"][node]
        lines.append(f"{Path(profile['paths'][profile['functions'][function][1]][0]).name}:{line}")
    assert lines[0].startswith("memmap.py:")
    assert lines[-1] == "script.py:15"
    said = fil("summary", str(outcome.report)).stdout
    assert 'script.py:15  data = numpy.memmap(file.name, mode="r")' in said


def test_what_was_before_the_recording_is_not_its_maximum(tmp_path: Path) -> None:
    """A process that once had 300 MiB; the recording has 20."""
    script = tmp_path / "script.py"
    script.write_text(
        """
import filprofiler
before = bytearray(300 << 20)
del before
filprofiler.start()
block = bytearray(20 << 20)
snapshot = filprofiler.stop()
snapshot.save("profile.json")
"""
    )
    run_profiled([str(script)], tmp_path / "out", command="python")
    resident = json.loads(Path("profile.json").read_text())["resident"]
    assert 20 * MIB < resident["most_bytes"] < 100 * MIB
    most, seen = resident["most_bytes"], resident["at_most"]["bytes"]
    assert 0 <= most - seen <= most / 64 + 256 * 1024  # the step of filext/engine/fullest.c
