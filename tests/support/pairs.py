# SPDX-License-Identifier: Apache-2.0
"""A program run plain and under the profiler, side by side, and everything compared that a user
could notice."""

import difflib
import json
import os
import re
import stat
import subprocess
import sys
import xml.dom.minidom
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

PREFIX = b"=fil-profile= "
FILES = {
    "index.html",
    "peak-memory.svg",
    "peak-memory-reversed.svg",
    "peak-memory.prof",
    "peak-memory.json",
}
LARGE = 100_000_000  # bytes: of such files only the size is compared
LONGEST = 120  # seconds: what takes longer hangs


@dataclass
class Ending:
    """How a program ended, what it printed, and the files it left in its folder: path => (mode,
    contents or target)."""

    returncode: int
    stdout: bytes
    stderr: bytes
    files: dict[str, tuple[str, bytes]]
    pid: int
    folder: Path

    @property
    def program_stderr(self) -> bytes:
        """stderr without the profiler's own lines, also where the program's last line, a prompt,
        had no end."""
        return re.sub(PREFIX + rb"[^\n]*\n", b"", self.stderr)

    @property
    def reports(self) -> list[Path]:
        """The result folders."""
        parent = self.folder / "out"
        return sorted(parent.iterdir()) if parent.is_dir() else []


def files_in(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Everything below the folder but the results: path => (mode, contents or target)."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name, status = str(path.relative_to(folder)), path.lstat()
        if name == "out" or name.startswith("out/"):
            continue
        if stat.S_ISLNK(status.st_mode):
            content = os.fsencode(os.readlink(path))
        else:
            content = (
                path.read_bytes()
                if stat.S_ISREG(status.st_mode) and status.st_size < LARGE
                else b"large" * (status.st_size >= LARGE)
            )
        found[name] = (stat.filemode(status.st_mode), content)
    return found


def run(line: Sequence[str | Path], folder: Path, **how: Any) -> Ending:
    """Run it with `folder` for its working folder, which is made if need be, and read what it
    prints until no process writes any more."""
    folder.mkdir(exist_ok=True)
    given = how.pop("input", None)
    how = {
        "stdin": subprocess.PIPE if given is not None else subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    } | how
    with subprocess.Popen(line, cwd=folder, **how) as program:
        try:
            said = program.communicate(given, timeout=LONGEST)
        except subprocess.TimeoutExpired:
            program.kill()
            raise
    out, err = cast(tuple[bytes | None, bytes | None], said)  # `how` never asks for text
    return Ending(program.returncode, out or b"", err or b"", files_in(folder), program.pid, folder)


def profiled_line(
    arguments: Sequence[str | Path], flags: Sequence[str] = (), command: str = "run"
) -> list[str]:
    """Return `python FLAGS -m filprofiler … run ARGUMENTS`, with the results in the working
    folder's `out`."""
    return [
        sys.executable,
        *flags,
        "-m",
        "filprofiler",
        "-o",
        "out",
        "--no-browser",
        command,
        *map(str, arguments),
    ]


def run_pair(
    arguments: Sequence[str | Path],
    folder: Path,
    flags: Sequence[str] = (),
    command: str = "run",
    **how: Any,
) -> tuple[Ending, Ending]:
    """Run `python FLAGS ARGUMENTS` plain and profiled, each in a folder of its own below `folder`,
    both at once."""
    plain_line = [sys.executable, *flags, *map(str, arguments)]
    lines = {"plain": plain_line, "profiled": profiled_line(arguments, flags, command)}
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(run, line, folder / name, **how) for name, line in lines.items()]
        return runs[0].result(), runs[1].result()


def settled(text: bytes, ending: Ending) -> bytes:
    """The same for every run of a program: addresses differ, and its folder is another."""
    return re.sub(rb"0x[0-9a-f]{8,}", b"0x", text).replace(os.fsencode(ending.folder), b".")


def check_same(plain: Ending, profiled: Ending) -> None:
    """Expect the same output, end and files."""
    what = profiled.stderr.decode(errors="replace")[-3000:]
    assert profiled.returncode == plain.returncode, what
    assert settled(profiled.stdout, profiled) == settled(plain.stdout, plain), what
    theirs, expected = settled(profiled.program_stderr, profiled), settled(plain.stderr, plain)
    assert theirs == expected, f"{theirs!r}, plain: {expected!r}"
    assert profiled.files.keys() == plain.files.keys()
    for name, (mode, contents) in plain.files.items():
        now_mode, now_contents = profiled.files[name]
        assert now_mode == mode, name
        assert now_contents == contents, difference(name, contents, now_contents)


def difference(name: str, plain: bytes, profiled: bytes) -> str:
    """What differs between two files of that name, by lines."""
    old, new = (text.decode(errors="replace").splitlines() for text in (plain, profiled))
    return "\n".join(difflib.unified_diff(old, new, f"{name}, plain", "profiled", lineterm="", n=1))


def check_report(profiled: Ending) -> Path:
    """Expect one report, of the program itself and of none of its children, whose files are all
    whole; its folder."""
    assert len(profiled.reports) == 1, profiled.reports
    assert b"No report" not in profiled.stderr, profiled.stderr[-3000:].decode(errors="replace")
    [report] = profiled.reports
    asked_for = [path for path in report.iterdir() if path.is_dir()]  # while it ran
    for folder in (report, *asked_for):
        found = {path.name for path in folder.iterdir() if path not in asked_for}
        assert found == FILES, profiled.stderr.decode(errors="replace")[-3000:]
        check_files(folder)
    assert json.loads((report / "peak-memory.json").read_bytes())["pid"] == profiled.pid
    return report


def check_files(report: Path) -> dict[str, Any]:
    """Expect every file of the report to be what its name says; the profile."""
    for name in ("peak-memory.svg", "peak-memory-reversed.svg"):
        xml.dom.minidom.parseString((report / name).read_bytes())
    for line in (report / "peak-memory.prof").read_bytes().decode().removesuffix("\n").split("\n"):
        assert re.fullmatch(r"[^\x00-\x1f\x7f]+ [1-9]\d*", line), line
    page = (report / "index.html").read_bytes().decode()
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")
    profile: dict[str, Any] = json.loads((report / "peak-memory.json").read_bytes())
    assert profile["nodes"] and profile["peak_bytes"] > 0
    return profile
