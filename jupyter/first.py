# SPDX-License-Identifier: Apache-2.0
"""Where `%%filprofile` stands in a cell, and what the cell is without it."""

from __future__ import annotations

import re
from typing import NamedTuple

from filprofiler.jupyter.options import OptionError

MAGIC = re.compile(r"[ \t]*%%filprofile(?:[ \t]+(?P<options>.*?))?[ \t]*$")
OPTION = re.compile(
    r"""\s*(-h|--help|--compare(?:=(?:"[^"]*"|'[^']*'|\S+))?"""
    r"""|--name(?:\s+|=)(?:"[^"]*"|'[^']*'|\S+))(?=\s|$)"""
)


class First(NamedTuple):
    """The magic: `at` which index its line stands, and the text behind it."""

    at: int
    options: str


def find(lines: list[str]) -> First | None:
    """Find the magic: on the first line, or below comments and blank lines alone."""
    for index, line in enumerate(lines):
        if match := MAGIC.match(line.rstrip("\n")):
            return First(index, match["options"] or "")
        if line.strip() and not line.lstrip().startswith("#"):
            return None
    return None


def without(lines: list[str], first: First) -> list[str]:
    """Give the cell without the magic.

    Its line becomes a comment, so that line numbers stay. Another cell magic below begins the cell.
    """
    below = lines[first.at + 1 :]
    while below and not below[0].strip():
        below = below[1:]
    if below and below[0].startswith("%%"):
        second = find(below[:1])  # the same magic twice is one
        return without(below, second) if second else below
    line = "# " + lines[first.at].rstrip("\n") + "\n"
    return [*lines[: first.at], line, *lines[first.at + 1 :]]


def split(line: str) -> tuple[str, str]:
    """Split the rest of a line magic into options and statement. A run is named by --compare=RUN."""
    at = 0
    while match := OPTION.match(line, at):
        at = match.end()
    statement = line[at:].strip()
    if statement.startswith("--"):
        unknown = statement.split()[0]
        raise OptionError(f"unknown option {unknown!r}; see %%filprofile --help")
    return line[:at], statement
