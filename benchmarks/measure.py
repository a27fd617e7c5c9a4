# SPDX-License-Identifier: Apache-2.0
"""One run of one program: what it took, and how it ended."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
TIMEOUT = 400.0  # seconds a run

# The same for all sides. malloc doesn't give memory back and take it again, and libraries for
# linear algebra run one thread, which is what `fil-profile run` tells them anyway: what is
# compared is the profiler, not the number of threads.
ENVIRONMENT = {
    "MALLOC_TRIM_THRESHOLD_": "1000000000",
    "MALLOC_MMAP_THRESHOLD_": "1000000000",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}


class Failed(Exception):
    """A program didn't end well; the message says how, in one line."""


@dataclass(frozen=True)
class Usage:
    """What a process took, with the children it waited for."""

    cpu: float  # seconds, user and system
    wall: float  # seconds
    rss: int  # bytes: most resident
    ended_at: float  # seconds since 1970
    figures: dict[str, float] = field(
        default_factory=dict
    )  # what the program printed as a line of JSON, and done_at, done_cpu: its own end


def compiled(name: str, folder: Path, flags: tuple[str, ...] = ()) -> Path:
    """Compile native/NAME.c into the folder. Raises CalledProcessError."""
    target = folder / name
    subprocess.run(["gcc", "-O2", *flags, "-o", target, HERE / "native" / f"{name}.c"], check=True)
    return target


def last_line(text: str) -> str:
    """Return the last line that says something, not too long."""
    lines = [
        line.strip()
        for line in text.splitlines()
        if line.strip() and not line.startswith("=fil-profile=")
    ]
    return lines[-1][:160] if lines else "no message"


def printed(output: str) -> dict[str, float]:
    """Find the figures among the lines that the program, and perhaps a tool, printed."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            with contextlib.suppress(json.JSONDecodeError):
                return {str(name): float(value) for name, value in json.loads(line).items()}
    return {}


@dataclass(frozen=True)
class Started:
    """A program that runs, and the files for what it takes and prints."""

    command: list[str]
    process: subprocess.Popen[bytes]
    folder: Path

    def usage(self, timeout: float) -> Usage:
        """Wait for it. Raises Failed when it ends with anything but 0, or takes too long."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"not done after {timeout:.0f} s") from None
        if code:
            raise Failed(f"can't measure {shlex.join(self.command)}")
        taken = json.loads((self.folder / "usage.json").read_text())
        code = taken.pop("code")
        output, errors = (
            (self.folder / name).read_text(errors="replace") for name in ("output", "errors")
        )
        if code:
            raise Failed(
                f"{f'signal {-code}' if code < 0 else f'exit code {code}'}: {last_line(errors)}"
            )
        end = self.folder / "end.json"
        return Usage(
            **taken, figures=printed(output) | (json.loads(end.read_text()) if end.exists() else {})
        )


@contextlib.contextmanager
def _running(
    command: list[str], folder: Path, name: str, more: dict[str, str] | None
) -> Iterator[Started]:
    """Start a program; at the end it is killed, if it still runs, and what it started."""
    helper, own, words = folder / "usage", folder / f"run-{name}", [str(word) for word in command]
    if not helper.exists():
        compiled("usage", folder)
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    with open(own / "output", "wb") as output, open(own / "errors", "wb") as errors:
        process = subprocess.Popen(
            [helper, own / "usage.json", *words],
            cwd=folder,
            env=os.environ | ENVIRONMENT | {"BENCH_END": str(own / "end.json")} | (more or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            # of its own, to be killed as one; a session of its own would be a group to the
            # scheduler as well
            process_group=0,
        )
    try:
        yield Started(words, process, own)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def _one_processor() -> Iterator[None]:
    """What is started meanwhile runs on one processor: the last, since devices mostly interrupt the
    first."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def run(command: list[str], folder: Path, more: dict[str, str] | None = None) -> Usage:
    """Run a command in a folder, with `more` variables. Raises Failed when it ends with anything
    but 0, or takes too long."""
    with _running(command, folder, "alone", more) as started:
        return started.usage(TIMEOUT)


def run_side_by_side(
    commands: list[list[str]], folder: Path, more: dict[str, str] | None = None
) -> list[Usage]:
    """Run commands at the same time on one processor, which takes turns among them by some
    milliseconds each.

    What slows the machine down meanwhile slows them all down alike, so that their CPU times can be
    compared; wall times can't. Raises Failed as `run` does."""
    with contextlib.ExitStack() as running:
        with _one_processor():
            started = [
                running.enter_context(_running(command, folder, str(number), more))
                for number, command in enumerate(commands)
            ]
        return [one.usage(TIMEOUT * len(commands)) for one in started]
