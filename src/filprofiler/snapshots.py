# SPDX-License-Identifier: Apache-2.0
"""Snapshots: what a recording held at its peak. A view of the profile's JSON (docs/architecture.md, section 5)."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from filprofiler.diffs import Diff


KINDS = ["heap", "anonymous mapping", "shared memory", "written pages of files"]  # where a profile names none


class Frame(NamedTuple):
    """One frame of a stack: the file as Python names it, the line (1-based), the function's name."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        if self.file.startswith("["):  # not a place in a file: memory that no line of the program's holds
            return self.file
        return f"{self.file}:{self.line} ({self.function})"


class Stack(NamedTuple):
    """What one call stack held: `frames` outermost first (none for memory without a Python stack), `bytes` live at the peak,
    `allocations` made by this very stack in the whole recording."""

    frames: tuple[Frame, ...]
    bytes: int
    allocations: int


class Line(NamedTuple):
    """What one line held by itself, over all stacks that end in it."""

    frame: Frame
    bytes: int
    source: str


class MappedFile(NamedTuple):
    """A file that was mapped at the peak: the system can drop its pages, so they aren't part of it. `frames` mapped it, outermost first;
    `resident_bytes` of the `mapped_bytes` were in memory."""

    path: str
    frames: tuple[Frame, ...]
    mapped_bytes: int
    resident_bytes: int


class Snapshot:
    """A recording's peak, frozen. Takes the profile as JSON bytes; ValueError when it isn't one."""

    of_the_whole_run = False  # taken under `fil-profile run`: of the program from its start

    def __init__(self, profile: bytes) -> None:
        import json

        try:
            data = json.loads(profile)
        except ValueError:
            raise ValueError("not a profile: it isn't JSON") from None
        if not isinstance(data, dict) or data.get("format") != "filprofiler":
            raise ValueError('not a profile: its "format" isn\'t "filprofiler"')
        if data.get("version") != 1:
            raise ValueError("not a profile that this filprofiler reads: it is of another version than 1")
        if data.get("kind") == "diff":
            raise ValueError("not a profile but the difference of two; `fil-profile diff OLD NEW -o FILE.html` makes a page of it")
        self._profile = profile
        self._data: dict[str, Any] = data

    def __repr__(self) -> str:
        return f"<filprofiler.Snapshot: peak {self.peak_bytes / 2**20:.1f} MiB>"

    @property
    def profile(self) -> bytes:
        """The profile as JSON."""
        return self._profile

    @property
    def data(self) -> dict[str, Any]:
        """The same, parsed (docs/profile.schema.json). It isn't a copy: leave it as it is."""
        return self._data

    @property
    def peak_bytes(self) -> int:
        """The greatest total of live bytes during the recording."""
        return int(self._data["peak_bytes"])

    @property
    def reason(self) -> str | None:
        """Why the profile shows the moment it does, when that isn't the peak: the limit of memory that was met."""
        return self._data.get("reason")

    @property
    def of_a_kernel(self) -> bool:
        """Whether the process was a Jupyter kernel."""
        return "ipykernel_launcher" in self._data["command"]

    @property
    def untouched_bytes(self) -> int:
        """How much of the peak was asked for and never touched: it took no memory."""
        return sum(part[4] for part in self._data.get("parts", ()))

    @property
    def bytes_by_kind(self) -> dict[str, int]:
        """How the peak was held: on the heap, in mappings, in shared memory, in written pages of files; bytes by kind."""
        kinds = self._data.get("kinds", KINDS)
        held = dict.fromkeys(kinds, 0)
        for _, _, kind, size, _ in self._data.get("parts", ()):
            held[kinds[kind]] += size if kind else 0
        return held | {kinds[0]: self.peak_bytes - sum(held.values())}

    @property
    def bytes_by_thread(self) -> dict[str, int]:
        """What the threads' stacks held at the peak; bytes by the thread's name. Threads of equal name are one."""
        threads = self._data.get("threads", ["MainThread"])
        held = dict.fromkeys(threads, 0)
        for _, thread, _, size, _ in self._data.get("parts", ()):
            held[threads[thread]] += size if thread else 0
        return held | {threads[0]: self.peak_bytes - sum(held.values())}

    @cached_property
    def _paths(self) -> list[tuple[Frame, ...]]:
        """The frames of each node, outermost first."""
        functions = self._data["functions"]
        paths: list[tuple[Frame, ...]] = []
        for index, (parent, function, line, *_) in enumerate(self._data["nodes"]):
            frame = Frame(functions[function]["file"], line or functions[function]["first_line"], functions[function]["name"])
            paths.append((*paths[parent], frame) if index else ())
        return paths

    @cached_property
    def stacks(self) -> tuple[Stack, ...]:
        """All stacks that held memory at the peak, the largest first."""
        held = [Stack(path, node[3], node[4]) for path, node in zip(self._paths, self._data["nodes"], strict=True) if node[3]]
        return tuple(sorted(held, key=lambda stack: -stack.bytes))

    @property
    def files(self) -> list[MappedFile]:
        """The files that were mapped at the peak, the largest first."""
        files = [
            MappedFile(file["path"], self._paths[file["node"]], file["mapped_bytes"], file["resident_bytes"])
            for file in self._data.get("files", ())
        ]
        return sorted(files, key=lambda file: -file.mapped_bytes)

    def top_lines(self, count: int = 5) -> list[Line]:
        """The `count` lines that held the most by themselves, with their source. What the import system holds counts for the line
        that imports."""
        lines: dict[Frame, int] = {}
        for stack in self.stacks:
            line = next((frame for frame in reversed(stack.frames) if not frame.file.startswith("<frozen importlib")), None)
            if line:
                lines[line] = lines.get(line, 0) + stack.bytes
        sources = self._data["sources"]
        largest = sorted(lines.items(), key=lambda item: -item[1])[:count]
        return [Line(frame, held, sources.get(frame.file, {}).get(str(frame.line), "")) for frame, held in largest]

    def diff(self, old: Snapshot) -> Diff:
        """Give what changed since the snapshot `old`."""
        from filprofiler.diffs import Diff

        return Diff(old, self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the profile as JSON."""
        with open(path, "wb") as file:
            file.write(self._profile)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Snapshot:
        """Read a profile that `save` or a report wrote. Raises OSError, or ValueError naming the file."""
        with open(path, "rb") as file:
            profile = file.read()
        try:
            return cls(profile)
        except ValueError as error:
            raise ValueError(f"{os.fspath(path)}: {error}") from None

    def write_report(self, directory: str | os.PathLike[str]) -> list[str]:
        """Write the whole report into the folder, which is made if need be; the paths of the files. Raises OSError."""
        from filprofiler import _filext

        os.makedirs(directory, exist_ok=True)
        stem = "out-of-memory" if self._data.get("kind") == "out-of-memory" else "peak-memory"
        return _filext.write_report(self._profile, os.fspath(directory), stem)
