# SPDX-License-Identifier: Apache-2.0
r"""What victims say about themselves in comments, and how a report is held against it.

    # expect: BYTES at STACK         the bytes of exactly this stack, within 1 %
    # expect-line: BYTES at FRAME    what all stacks through this frame hold together
    # expect-peak: BYTES             the peak, within 2 %
    # expect-kind: BYTES KIND        what is held in this way (profile.schema.json), within 1 %
    # expect-thread: BYTES NAME      what the stacks of threads of this name hold, within 1 %; `\n`
    #                                in it is a newline
    # expect-untouched: BYTES        what of the peak was never touched, within 1 %
    # expect-file: BYTES resident BYTES at FRAME    a mapped file that isn't part of the peak, and
    #                                what was in memory, within 10 %
    # needs: WHAT                    a program, `python 3.12` or newer, or a module; else the victim
    #                                is skipped, saying so
    # options: OPTIONS               for `fil-profile`

The figures are read from peak-memory.json, whose stacks are whole, the largest until 99 % of the
peak are there: what a victim expects must be 1 % of it or more. (peak-memory.prof leaves the middle
of deep stacks out, and how deep they may be depends on how long the path is in which these tests
lie.) A frame is `file.py:LINE (function)`, without a file one of the victim itself. In a STACK `*`
stands for anything (lines of the standard library, which differ between versions), and `{200
FRAME}` for 200 of it."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.running import Outcome


def missing(victim: Path, python: str) -> str | None:
    """What this interpreter or machine lacks for the victim, or None."""
    for need in re.findall(r"^# needs: (.+)$", victim.read_text(), re.MULTILINE):
        if need.startswith("python "):
            version = tuple(map(int, need.removeprefix("python ").split(".")))
            check = f"import sys; sys.exit(sys.version_info < {version})"
        else:
            check = f"import {need}"
        if (
            not shutil.which(need)
            and subprocess.run([python, "-c", check], capture_output=True).returncode
        ):
            return f"{python} on this machine has no {need}"
    return None


def options(victim: Path) -> tuple[str, ...]:
    """The options the victim wants `fil-profile` to have."""
    return tuple(
        word
        for line in re.findall(r"^# options: (.+)$", victim.read_text(), re.MULTILINE)
        for word in line.split()
    )


def written_out(victim: Path, stack: str) -> str:
    """A stack, or a frame, as the report has it; `*` stays."""
    whole = re.sub(r"(^|[;*\s])(?=:\d)", rf"\1{victim.name}", stack.strip())
    return re.sub(r"\{(\d+) ([^}]*)\}", lambda match: ";".join([match[2]] * int(match[1])), whole)


def stacks_of(profile: dict[str, Any]) -> list[tuple[str, int]]:
    """The profile's largest stacks with their bytes, until 99 % of the peak are there.

    Without the frames of the import system, whose number differs between versions.
    """
    nodes, stacks = profile["nodes"], []
    missing = 0.99 * profile["peak_bytes"]
    for owner in sorted(range(len(nodes)), key=lambda node: -nodes[node][3]):
        if missing <= 0:
            break
        path = []
        node = owner
        while node:
            frame = frame_of(profile, node)
            if not frame.startswith(("<frozen importlib", "<import>")):
                path.append(frame)
            node = nodes[node][0]
        stacks.append((";".join(reversed(path)), nodes[owner][3]))
        missing -= nodes[owner][3]
    return stacks


def frame_of(profile: dict[str, Any], node: int) -> str:
    """A node's `file.py:LINE (function)`."""
    return f"{line_of(profile, node)} ({profile['functions'][profile['nodes'][node][1]][0]})"


def held_at(stacks: list[tuple[str, int]], whole: str) -> int:
    """What the report says for this stack."""
    if "*" not in whole:
        return sum(count for path, count in stacks if path == whole)
    exact = re.compile(".*".join(map(re.escape, whole.split("*"))))
    return sum(count for path, count in stacks if exact.fullmatch(path))


def check(victim: Path, outcome: Outcome, peak_bytes: int) -> None:
    """Hold the report against everything that the victim expects."""
    assert outcome.report is not None
    profile = json.loads((outcome.report / "peak-memory.json").read_text())
    text, stacks, checked = victim.read_text(), stacks_of(profile), 0
    for size, stack in re.findall(r"# expect: (\d+) at (.+)", text):
        assert held_at(stacks, written_out(victim, stack)) == pytest.approx(int(size), rel=0.01), (
            stack
        )
        checked += 1
    for size, frame in re.findall(r"# expect-line: (\d+) at (\S+(?: \([\w<>.]+\))?)", text):
        inside = re.compile(rf"(^|;){re.escape(written_out(victim, frame))}(;| |$)")
        assert sum(count for path, count in stacks if inside.search(path)) == pytest.approx(
            int(size), rel=0.01
        ), frame
        checked += 1
    for size in re.findall(r"# expect-peak: (\d+)", text):
        assert peak_bytes == pytest.approx(int(size), rel=0.02)
        checked += 1
    checked += check_parts(victim, profile)
    assert checked, f"{victim} expects nothing"


def check_parts(victim: Path, profile: dict[str, Any]) -> int:
    """The kinds, threads, untouched bytes and files of the profile; how many expectations that
    were."""
    text, checked = victim.read_text(), 0
    for size, kind in re.findall(r"# expect-kind: (\d+) (.+)", text):
        number = profile["kinds"].index(kind)
        assert sum(part[3] for part in profile["parts"] if part[2] == number) == pytest.approx(
            int(size), rel=0.01
        ), kind
        checked += 1
    for size, name in re.findall(r"# expect-thread: (\d+) (.+)", text):
        number = profile["threads"].index(name.replace("\\n", "\n"))
        assert sum(part[3] for part in profile["parts"] if part[1] == number) == pytest.approx(
            int(size), rel=0.01
        ), name
        checked += 1
    for size in re.findall(r"# expect-untouched: (\d+)", text):
        assert sum(part[4] for part in profile["parts"]) == pytest.approx(int(size), rel=0.01)
        checked += 1
    for size, resident, frame in re.findall(r"# expect-file: (\d+) resident (\d+) at (\S+)", text):
        lines = [
            file
            for file in profile["files"]
            if line_of(profile, file["node"]) == written_out(victim, frame)
        ]
        assert [file["mapped_bytes"] for file in lines] == [int(size)], frame
        assert lines[0]["resident_bytes"] == pytest.approx(int(resident), rel=0.1), frame
        checked += 1
    return checked


def line_of(profile: dict[str, Any], node: int) -> str:
    """A node's file and line."""
    _, function, line, *_ = profile["nodes"][node]
    return f"{Path(profile['paths'][profile['functions'][function][1]][0]).name}:{line}"
