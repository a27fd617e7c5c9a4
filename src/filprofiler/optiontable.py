# SPDX-License-Identifier: Apache-2.0
"""The options of all commands, as the help texts describe them: completion and the man page are
made of these, so that they say nothing else."""

from __future__ import annotations

import re
from typing import NamedTuple

TYPE_CHECKING = False  # as in filprofiler/__init__.py
if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = re.compile(r"  (-[^ ,]+(?:, -[^ ,]+)*)(?: ([^ ].*?))?(?:  +(.*))?")
COMMAND = re.compile(r"  ([a-z]+)(?:  +(\S.*))?")
FOLDERS = ("DIR", "FOLDER")


class Option(NamedTuple):
    """An option: its names, what stands behind it ("" for nothing), and what it does."""

    names: tuple[str, ...]
    value: str
    text: str

    @property
    def choices(self) -> list[str]:
        """What may stand behind it, where that is told."""
        return self.value.split("|") if "|" in self.value else []


def section(text: str, title: str) -> list[str]:
    """Return the lines of a help text below a title."""
    lines = text.splitlines()
    if f"{title}:" not in lines:
        return []
    begin = lines.index(f"{title}:") + 1
    return lines[begin : lines.index("", begin) if "" in lines[begin:] else len(lines)]


def options(text: str) -> Iterator[Option]:
    """Return the options that a help text describes, in its order."""
    found: list[list[str]] = []
    for line in section(text, "Options"):
        match = LINE.fullmatch(line)
        if match:
            found.append([match[1], match[2] or "", match[3] or ""])
        else:
            found[-1][2] = f"{found[-1][2]} {line.strip()}".strip()
    for names, value, words in found:
        yield Option(tuple(names.split(", ")), value, words)


def commands(text: str) -> list[tuple[str, str]]:
    """Return the commands that the main help text names, each with its first sentence."""
    found: list[tuple[str, str]] = []
    for line in text[text.index("\nCommands") :].partition("\n\n")[0].splitlines()[2:]:
        match = COMMAND.fullmatch(line)
        if match:
            found.append((match[1], match[2] or ""))
        else:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}".strip())
    return found
