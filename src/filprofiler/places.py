# SPDX-License-Identifier: Apache-2.0
"""How a file reads where there is little room. Whose code it is, and its short name,
report/places.c says."""

from __future__ import annotations

import os
from functools import cache

NO_STACK = "[No Python stack]"


@cache
def short(file: str, folder: str | None = None) -> str:
    """Return the file as it is told apart at a glance: from its package on, or from the working
    directory."""
    from filprofiler import _filext

    return _filext.short(file, ("text", 0, False, folder or os.getcwd()))


def shown(text: str) -> str:
    """Return the text without what would move a terminal's cursor or break its line."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
