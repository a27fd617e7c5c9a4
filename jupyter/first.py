# SPDX-License-Identifier: Apache-2.0
"""Where `%%filprofile` stands in a cell, and what the cell is without it."""

from __future__ import annotations

import re
from typing import NamedTuple

from filprofiler.jupyter.options import OptionError

MAGIC = re.compile(r"[ \t]*%%filprofile(?:[ \t]+(?P<options>.*?))?[ \t]*$")
OPTION = re.compile(
    r"""\s*(-h|--help|--compare(?:=(?:"[^"]*"|'[^']*'|\S+))?"""
    r"""|--(?:name|own)(?:\s+|=)(?:"[^"]*"|'[^']*'|\S+))(?=\s|$)"""
)


class First(NamedTuple):
    """The magic: `at` which index its line stands, the text behind it, the next line's index."""

    at: int
    options: str
    below: int


def find(lines: list[str]) -> First | None:
    """Find the magic: on the first line, or below comments and blank lines alone.

    Twice it is one, with the options of both.
    """
    found: First | None = None
    for index, line in enumerate(lines):
        if match := MAGIC.match(line.rstrip("\n")):
            before = found or First(index, "", index)
            options = f"{before.options} {match['options'] or ''}".strip()
            found = First(before.at, options, index + 1)
        elif line.strip() and (found or not line.lstrip().startswith("#")):
            break
    return found


def without(lines: list[str], first: First) -> list[str]:
    """Return the cell without the magic.

    Its lines become comments, so that line numbers stay. Another cell magic below begins the cell.
    """
    below = lines[first.below :]
    while below and not below[0].strip():
        below = below[1:]
    if below and below[0].startswith("%%"):
        return below
    own = ["# " + line.rstrip("\n") + "\n" for line in lines[first.at : first.below]]
    return [*lines[: first.at], *own, *lines[first.below :]]


def split(line: str) -> tuple[str, str]:
    """Split the rest of a line magic into options and statement. A run is named by
    --compare=RUN."""
    at = 0
    while match := OPTION.match(line, at):
        at = match.end()
    statement = line[at:].strip()
    if statement.startswith("--"):
        unknown = statement.split()[0]
        raise OptionError(f"unknown option {unknown!r}; see %%filprofile --help")
    return line[:at], statement
