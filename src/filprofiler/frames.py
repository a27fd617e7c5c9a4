# SPDX-License-Identifier: Apache-2.0
"""The values that a profile is told in: frames, stacks, lines, mapped files."""

from __future__ import annotations

from typing import NamedTuple

IMPORT_FILE = "<import>"  # of the functions of import nodes


class Frame(NamedTuple):
    """One frame of a stack: the file as Python names it, the line (1-based), the function's
    name."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        if self.file.startswith(
            "["
        ):  # not a place in a file: memory that no line of the program's holds
            return self.file
        if self.file == IMPORT_FILE:
            return self.function
        return f"{self.file}:{self.line} ({self.function})"


class Stack(NamedTuple):
    """What one call stack held: `frames` outermost first (none for memory without a Python stack),
    `bytes` live at the peak, of which `untouched_bytes` were never touched, `allocations` made by
    this very stack in the whole recording."""

    frames: tuple[Frame, ...]
    bytes: int
    allocations: int
    untouched_bytes: int = 0


class Line(NamedTuple):
    """What one line held by itself, over all stacks that end in it; of `own_lines` what it held
    with all that it called, and in which package below it most of that was allocated ("": by the
    line itself). `bytes` were allocated, `untouched_bytes` of them never used."""

    frame: Frame
    bytes: int
    source: str
    below: str = ""
    untouched_bytes: int = 0


class MappedFile(NamedTuple):
    """A file that was mapped at the peak: the system can drop its pages, so they aren't part of it.
    `frames` mapped it, outermost first; `resident_bytes` of the `mapped_bytes` were in memory."""

    path: str
    frames: tuple[Frame, ...]
    mapped_bytes: int
    resident_bytes: int
