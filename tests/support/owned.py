# SPDX-License-Identifier: Apache-2.0
"""Projects whose own code is known, run under the profiler, and the first line of the answer."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

from filprofiler import Snapshot

HELD = 20_000_000
MAKES = f"def make():\n    return bytearray({HELD})\n"  # line 2 holds it


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(folder: Path, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """`fil-profile` in that folder, without what the tests' own folder says."""
    line = [sys.executable, "-m", "filprofiler", *map(str, arguments)]
    return subprocess.run(
        line, cwd=folder, env=os.environ | more, capture_output=True, text=True, check=False
    )


def record(
    folder: Path, *arguments: str | Path, options: tuple[str, ...] = (), **more: str
) -> Snapshot:
    """The profile of a program that is run in that folder."""
    out = folder / f"out-{len(list(folder.glob('out-*')))}"
    done = run(folder, "-o", out, "--no-browser", *options, "run", *arguments, **more)
    assert done.returncode == 0, done.stderr
    return Snapshot.load(next(out.glob("*/peak-memory.json")))


def first(snapshot: Snapshot) -> str:
    """The first line of all answers: `mypkg/data.py:2`, and in what."""
    frame, held, _, below, _ = snapshot.own_lines()[0]
    assert held >= HELD
    return f"{'/'.join(Path(frame.file).parts[-2:])}:{frame.line}" + (
        f" in {below}" if below else ""
    )


def calling_project(tmp_path: Path) -> Path:
    """Make a folder with `mylib`, which calls `other`, among the packages of an environment beside
    it."""
    site = tmp_path / "env/lib/python3.12/site-packages"
    write(site / "mylib/__init__.py", "import other\n\ndef load():\n    return other.make()\n")
    write(site / "mylib/__main__.py", "import mylib\nkept = mylib.load()\n")
    write(site / "other.py", MAKES)
    folder = tmp_path / "project"
    write(folder / "job.py", "import mylib\nkept = mylib.load()\n")
    return folder


class Packages(TypedDict):
    """The variable under which a program finds the packages beside a project."""

    PYTHONPATH: str


def environment(folder: Path) -> Packages:
    return {"PYTHONPATH": str(folder.parent / "env/lib/python3.12/site-packages")}
