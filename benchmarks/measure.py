# SPDX-License-Identifier: Apache-2.0
"""One run of one program: what it took, and how it ended."""

import contextlib
import json
import os
import shlex
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
TIMEOUT = 400.0  # seconds a run

# The same for all sides. malloc doesn't give memory back and take it anew, and libraries for linear algebra run one thread, which is
# what `fil-profile run` tells them anyway: what is compared is the profiler, not the number of threads.
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
    figures: dict[str, float] = field(default_factory=dict)  # what the program printed as a line of JSON, and done_at, done_cpu: its own end


def compiled(name: str, folder: Path, flags: tuple[str, ...] = ()) -> Path:
    """Compile native/NAME.c into the folder. Raises CalledProcessError."""
    target = folder / name
    subprocess.run(["gcc", "-O2", *flags, "-o", target, HERE / "native" / f"{name}.c"], check=True)
    return target


def last_line(text: str) -> str:
    """Give the last line that says something, not too long."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("=fil-profile=")]
    return lines[-1][:160] if lines else "no message"


def printed(output: str) -> dict[str, float]:
    """Find the figures among the lines that the program, and perhaps a tool, printed."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            with contextlib.suppress(json.JSONDecodeError):
                return {str(name): float(value) for name, value in json.loads(line).items()}
    return {}


def run(command: list[str], folder: Path, more: dict[str, str] | None = None) -> Usage:
    """Run a command in a folder, with `more` variables. Raises Failed when it ends with anything but 0, or takes too long."""
    helper = folder / "usage"
    if not helper.exists():
        compiled("usage", folder)
    told, end, words = folder / "usage.json", folder / "end.json", [str(word) for word in command]
    end.unlink(missing_ok=True)
    process = subprocess.Popen(
        [helper, told, *words],
        cwd=folder,
        env=os.environ | ENVIRONMENT | {"BENCH_END": str(end)} | (more or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=TIMEOUT)
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise Failed(f"not done after {TIMEOUT:.0f} s") from None
        raise
    if process.returncode:
        raise Failed(f"can't measure {shlex.join(words)}")
    taken = json.loads(told.read_text())
    code = taken.pop("code")
    if code:
        raise Failed(f"{f'signal {-code}' if code < 0 else f'exit code {code}'}: {last_line(errors)}")
    return Usage(**taken, figures=printed(output) | (json.loads(end.read_text()) if end.exists() else {}))
