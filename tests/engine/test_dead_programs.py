# SPDX-License-Identifier: Apache-2.0
"""What of a program's memory was touched is known when it was killed, and while it runs, as it is
when it ends by itself."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.reserving import RESERVING
from support.running import soon

from filprofiler import _filext
from filprofiler.snapshots import Snapshot

MIB = 1 << 20
BEGINNING = f"""{RESERVING}
import signal, sys, time
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def asked(bytes, used):
    at = libc.malloc(ctypes.c_size_t(bytes << 20))
    ctypes.memset(at, 1, used << 20)
    return at
"""
PROFILED = [sys.executable, "-m", "filprofiler", "-o"]
FROM_OUTSIDE = "print('ready', flush=True); time.sleep(1000)"

# MiB in use at the peak, less what the imports hold.
PROGRAMS = {
    "all of it": ("at = asked(100, 100)", 100),
    "a quarter": ("at = asked(200, 50)", 50),
    "nothing of it": ("at = asked(200, 0); held = bytearray(20 << 20)", 20),
    "freed since": ("at = asked(64, 16); libc.free(ctypes.c_void_p(at))", 16),
    "moved": (
        "libc.realloc.restype = ctypes.c_void_p; at = libc.realloc(ctypes.c_void_p("
        "asked(64, 16)), ctypes.c_size_t(96 << 20))",
        16,
    ),
    "long after it was asked for": (
        "at = asked(200, 0)\nmany = [[number] for number in range(100_000)]\ndel many\n"
        "ctypes.memset(at, 1, 50 << 20)",
        50,
    ),
    "a library's, unused": ("at = reserve(64, 0); held = bytearray(20 << 20)", 20),
    "a library's, used in part": ("at = reserve(64, 8)", 8),
    "a library's, unmapped since": (
        "held = bytearray(20 << 20); at = reserve(64, 8); "
        "library.give_back(ctypes.c_void_p(at), ctypes.c_size_t(64 << 20))",
        28,
    ),
    "a mapping of Python's": (
        "region = mmap.mmap(-1, 100 << 20)\nfor page in range(0, 50 << 20, 4096): region[page] = 1",
        50,
    ),
    "NumPy's ones": ("import numpy; at = numpy.ones(100 << 17)", 100),
    "NumPy's empty": ("import numpy; at = numpy.empty(200 << 20, 'u1'); at[:50 << 20] = 1", 50),
    "pandas": (
        "import pandas\nwith open('numbers.csv', 'w') as file:\n    file.write('a,b\\n')\n    "
        "for number in range(200_000): file.write(f'{number},{number / 3}\\n')\n"
        "frame = pandas.read_csv('numbers.csv')",
        None,
    ),
}  # fmt: skip
ENDS = {
    "killed by itself": "os.kill(os.getpid(), signal.SIGKILL)",
    "aborted": "os.abort()",
    "left": "os._exit(0)",
    "killed": FROM_OUTSIDE,
}


@dataclass
class Running:
    process: subprocess.Popen[str]
    output: Path

    @property
    def folder(self) -> Path:
        [folder] = self.output.iterdir()
        return folder

    @property
    def profile(self) -> Path:
        return self.folder / "peak-memory.json"

    def looks(self) -> tuple[int, int]:
        """The watcher's process, and how often it has waited, which it does after each look."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
                if words[0].endswith(b"filwatch") and os.fsencode(self.folder) in words:
                    status = (path.parent / "status").read_text()
                    waits = status.partition("\nvoluntary_ctxt_switches:")[2].split()[0]
                    return int(path.parent.name), int(waits)
            except OSError:
                continue  # it has ended
        raise AssertionError("no watcher")

    def wait_for_looks(self) -> None:
        """A look began after this was called, and ended."""
        _, before = self.looks()
        assert soon(lambda: self.looks()[1] >= before + 4)


@contextmanager
def running(program: str, folder: Path, environment: dict[str, str]) -> Iterator[Running]:
    (folder / "program.py").write_text(BEGINNING + program)
    output = folder / f"out-{len(list(folder.iterdir()))}"
    process = subprocess.Popen(
        [*PROFILED, str(output), "--no-browser", "run", "program.py"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield Running(process, output)
    finally:
        process.kill()
        process.wait()


def dead(program: str, end: str, folder: Path, environment: dict[str, str]) -> Snapshot:
    with running(f"{program}\n{end}\n", folder, environment) as it:
        assert it.process.stdout
        if end == FROM_OUTSIDE:
            assert it.process.stdout.readline() == "ready\n"
            it.wait_for_looks()
            it.process.send_signal(signal.SIGKILL)
        it.process.wait()
        assert soon(lambda: it.profile.exists())
        return Snapshot.load(it.profile)


def ended(program: str, folder: Path, environment: dict[str, str]) -> Snapshot:
    with running(program, folder, environment) as it:
        assert it.process.wait() == 0
        return Snapshot.load(it.profile)


def told(snapshot: Snapshot) -> str:
    return snapshot.native.render("summary").decode()


@pytest.mark.parametrize("name", PROGRAMS)
def test_in_use_as_if_it_had_ended(
    name: str, tmp_path: Path, victim_environment: dict[str, str]
) -> None:
    program, expected = PROGRAMS[name]
    for module in ("numpy", "pandas"):
        if f"import {module}" in program:
            pytest.importorskip(module)
    right = ended(program, tmp_path, victim_environment)
    if expected is not None:
        assert expected * MIB <= right.in_use_bytes <= (expected + 13) * MIB
    for end, line in ENDS.items():
        found = dead(program, line, tmp_path, victim_environment)
        assert found.in_use_bytes == pytest.approx(right.in_use_bytes, rel=0.02), end
        assert found.reserved_bytes == right.reserved_bytes, end
        assert "may never have been used" not in told(found)
        timeline = json.loads(found.native.render("json"))["timeline"]["bytes"]
        assert max(timeline) <= found.peak_bytes + MIB


def test_all_figures_agree(tmp_path: Path, victim_environment: dict[str, str]) -> None:
    """The headline, the sentence above it, and what is in use at the end."""
    found = dead("at = asked(200, 50)", ENDS["killed"], tmp_path, victim_environment)
    text = told(found)
    size = f"{found.in_use_bytes / MIB:.1f} MiB"
    assert f"killed by signal 9; peak {size}; at the end {size}\n" in text
    assert f"Peak memory: {size} in use" in text
    assert f"Still in use at the end: {size}" in text, text
    assert "150.0 MiB more was allocated but never used: it took no memory\n" in text
    assert found.facts["reason"]["peak_bytes"] == found.in_use_bytes


def test_of_a_program_that_runs(tmp_path: Path, victim_environment: dict[str, str]) -> None:
    """Its pages are looked at when that is asked: nothing happens in it that it would notice."""
    program = "at = asked(200, 0); reserve(64, 8)\nfor part in 50, 150:\n"
    program += "    ctypes.memset(at, 1, part << 20); print('ready', flush=True); input()\n"
    (tmp_path / "program.py").write_text(BEGINNING + program)
    with subprocess.Popen(
        [*PROFILED, "out", "--no-browser", "run", "program.py"],
        env=victim_environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        for part in 50, 150:
            assert process.stdout.readline() == "ready\n"
            [recording] = Path("out").glob("*/recording.fil")
            native, runs = _filext.read_blackbox(str(recording))
            found = Snapshot(native)
            assert runs
            assert (part + 8) * MIB <= found.in_use_bytes <= (part + 10) * MIB
            assert found.reserved_bytes == 56 * MIB
            process.stdin.write("\n")
            process.stdin.flush()
    assert process.returncode == 0


def test_nothing_watched_it(tmp_path: Path, victim_environment: dict[str, str]) -> None:
    """Then the program's own last look is known: at the first events after it asked for much."""
    program = """
print("begun", flush=True)
while not os.path.exists("alone"): time.sleep(0.01)
at = asked(200, 50)
many = [[number] for number in range(100_000)]
print("ready", flush=True); time.sleep(1000)"""
    with running(program, tmp_path, victim_environment) as it:
        assert it.process.stdout
        assert it.process.stdout.readline() == "begun\n"
        watcher, _ = it.looks()
        os.kill(watcher, signal.SIGKILL)
        (tmp_path / "alone").touch()
        assert it.process.stdout.readline() == "ready\n"
        it.process.kill()
        it.process.wait()
        native, runs = _filext.read_blackbox(str(it.folder / "recording.fil"))
    found = Snapshot(native)
    assert not runs
    assert 50 * MIB <= found.in_use_bytes <= 62 * MIB


WAITS = """
print("begun", flush=True)
while not os.path.exists("alone"): time.sleep(0.01)
{}
print("asked", flush=True)
os.read(os.pipe()[0], 1)
"""
LOOKED_AT = "at = asked(200, 50); many = [[number] for number in range(100_000)]; del many"


def dead_while_the_watcher_slept(
    program: str, folder: Path, environment: dict[str, str], at_least: float
) -> str:
    """Return what is said of a program that waits in its last call, so long at least, and is killed
    there. Its watcher has seen nothing of it."""
    with running(WAITS.format(program), folder, environment) as it:
        assert it.process.stdout
        assert it.process.stdout.readline() == "begun\n"
        watcher, _ = it.looks()
        os.kill(watcher, signal.SIGSTOP)
        try:
            (folder / "alone").touch()
            assert it.process.stdout.readline() == "asked\n"
            time.sleep(at_least)
            it.process.kill()
            it.process.wait()
        finally:  # else it would stay, whatever went wrong
            os.kill(watcher, signal.SIGCONT)
        assert soon(it.profile.exists)
        return told(Snapshot.load(it.profile))


@pytest.mark.parametrize(
    ("unlooked", "said"),
    [
        (100 * MIB, "; of that, up to 100.0 MiB may never have been used"),
        (2 * MIB, "; of that, up to 2.0 MiB may never have been used"),
        (2 * MIB - 1, ""),  # less than a 64th of the peak
        (0, ""),
    ],
)
def test_what_may_never_have_been_touched(unlooked: int, said: str) -> None:
    """The sentence, and that it stays with the profile wherever that goes."""
    killed = "SIGKILL: the program was killed by signal 9"
    profile = {
        "format": "filprofiler", "version": 2, "kind": "peak", "command": ["python", "job.py"],
        "peak_bytes": 128 * MIB, "functions": [["", 0, 0]], "paths": [["", 0]],
        "packages": [["", "none"]], "nodes": [[0, 0, 0, 128 * MIB, 1]],
        "reason": {
            "kind": "ended", "end": "signal", "number": 9, "process": killed, "text": killed,
            "peak_bytes": 128 * MIB, "live_bytes": 128 * MIB, "unlooked_bytes": unlooked,
        },
    }  # fmt: skip
    snapshot = Snapshot(json.dumps(profile).encode())
    words = f"{killed}; peak 128.0 MiB; at the end 128.0 MiB{said}"
    assert told(snapshot).splitlines()[0] == words
    again = json.loads(snapshot.native.render("json"))["reason"]
    assert again["text"] == words and again.get("unlooked_bytes", 0) == unlooked
    assert words in snapshot.native.render("html").decode()


def test_when_it_was_last_looked_at(tmp_path: Path, victim_environment: dict[str, str]) -> None:
    """At the last event, after which the program waited for more than a second: 50 of 200 MiB were
    touched then."""
    said = dead_while_the_watcher_slept(LOOKED_AT, tmp_path, victim_environment, 1.5)
    first = said.splitlines()[0]
    found = re.search(r"; what of it was used was last looked at (\d+\.\d) s before$", first)
    assert found and float(found[1]) >= 1, said
    assert "may never have been used" not in said
    assert "150.0 MiB more was allocated but never used: it took no memory\n" in said
