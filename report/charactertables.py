# SPDX-License-Identifier: Apache-2.0
"""Write the tables of how wide characters are on a terminal, as a C header: charactertables.py
OUTPUT.

All of it comes from Python's own `unicodedata`: what takes two columns (East Asian wide and
fullwidth), what takes none (marks above and below others), and what can't be printed."""

import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

END = 0x110000


def is_wide(character: str) -> bool:
    return character.isprintable() and unicodedata.east_asian_width(character) in "WF"


def is_mark(character: str) -> bool:
    return character.isprintable() and unicodedata.category(character) in ("Mn", "Me")


def is_unprintable(character: str) -> bool:
    return not character.isprintable()


def ranges(holds: Callable[[str], bool]) -> list[tuple[int, int]]:
    """The ranges of characters, first and last, of which that is true."""
    found = []
    first = None
    for code in range(END + 1):
        is_one = code < END and holds(chr(code))
        if is_one and first is None:
            first = code
        elif not is_one and first is not None:
            found.append((first, code - 1))
            first = None
    return found


def main() -> None:
    lines = ["/* Made by charactertables.py. */"]
    for name, holds in (("wide", is_wide), ("marks", is_mark), ("unprintable", is_unprintable)):
        lines.append(f"static const struct range {name}[] = {{")
        lines += [f"    {{0x{first:X}, 0x{last:X}}}," for first, last in ranges(holds)]
        lines.append("};")
    Path(sys.argv[1]).write_text("\n".join(lines) + "\n")


main()
