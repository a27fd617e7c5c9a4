# SPDX-License-Identifier: Apache-2.0
"""Programs run plain and under the profiler, and what tests wait for."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]


@dataclass
class Outcome:
    """How a program ended, and the report it left (None without one)."""

    returncode: int
    stdout: str
    stderr: str
    report: Path | None

    @property
    def program_stderr(self) -> str:
        """stderr without the profiler's own lines."""
        return "".join(
            line
            for line in self.stderr.splitlines(keepends=True)
            if not line.startswith("=fil-profile= ")
        )

    @property
    def stacks(self) -> list[tuple[str, int]]:
        """The stacks of peak-memory.prof, paths shortened to file names, with their bytes."""
        assert self.report is not None, self.stderr
        stacks = []
        for line in (self.report / "peak-memory.prof").read_text().splitlines():
            stack, _, count = line.rpartition(" ")
            stacks.append((re.sub(r"(^|;)[^;]*?/([^/;]+:\d+ )", r"\1\2", stack), int(count)))
        return stacks

    def bytes_at(self, stack: str) -> int:
        """The bytes of one stack, given as `file.py:12 (f);file.py:3 (g)`."""
        return sum(count for path, count in self.stacks if path == stack)


def run_plain(arguments: list[str], **options: Any) -> Outcome:
    """Run `python arguments`."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=300, **options
    )
    return Outcome(done.returncode, done.stdout, done.stderr, None)


def run_profiled(
    arguments: list[str],
    output: Path,
    command: str = "run",
    flags: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
    **how: Any,
) -> Outcome:
    """Run `python [flags] -m filprofiler [options] run arguments`, the report below `output`."""
    line = [
        sys.executable,
        *flags,
        "-m",
        "filprofiler",
        "-o",
        str(output),
        "--no-browser",
        *options,
        command,
        *arguments,
    ]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300, **how)
    reports = sorted(output.iterdir()) if output.exists() else []
    return Outcome(done.returncode, done.stdout, done.stderr, reports[-1] if reports else None)


def same(
    arguments: list[str], tmp_path: Path, flags: tuple[str, ...] = (), **options: Any
) -> Outcome:
    """Run plain and profiled, and expect the same output and exit code; the profiled outcome."""
    plain, profiled = (
        run_plain([*flags, *arguments], **options),
        run_profiled(arguments, tmp_path / "out", flags=flags, **options),
    )
    assert profiled.stdout == plain.stdout
    assert profiled.program_stderr == plain.stderr
    assert profiled.returncode == plain.returncode
    return profiled


def shared(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], object]) -> Path:
    """Returns a folder that stays for the session, the same one in all of pytest's workers. The
    first that asks for it fills it."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, unfinished = base / f"shared-{name}", base / f"unfinished-{name}"
    with open(base / f"lock-{name}", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            fill(unfinished)
            unfinished.rename(folder)
    return folder


def soon(what: Callable[[], object]) -> bool:
    """Whether it comes true within a minute: what watches over a program ends a moment after it."""
    until = time.monotonic() + 60
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def threads_that_are_asked(times: int) -> str:
    """Returns a program that asks for a report so many times in each of four threads."""
    return f"""
import signal, threading
held = {{number: [str(number)] for number in range(100_000)}}
done = threading.Event()
threads = [threading.Thread(target=done.wait) for _ in range(4)]
for thread in threads: thread.start()
for _ in range({times}):
    for thread in threads: signal.pthread_kill(thread.ident, signal.SIGUSR2)
done.set()
for thread in threads: thread.join()
"""
