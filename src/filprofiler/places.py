# SPDX-License-Identifier: Apache-2.0
"""How a file reads where there is little room. Whose code it is, report/places.c says."""

from __future__ import annotations

import os
import re
from functools import cache

LIBRARY = re.compile(r"(?:.*/)?(?:site|dist)-packages/(?:[^/]+\.egg/)?(([^/]+).*)")
STANDARD = re.compile(r"(?:^|/)lib(?:64)?/python\d[^/]*/(.+)|^<frozen ([^>]*)>")
NOBODY = "[No Python stack]"


@cache
def short(file: str, folder: str | None = None) -> str:
    """Give the file as it is told apart at a glance: from its package on, or from the working directory."""
    here = (folder or os.getcwd()).rstrip("/") + "/"
    inside = file[len(here) :] if file.startswith(here) and here != "/" else None
    for match in (LIBRARY.match(inside or file), STANDARD.search(inside or file)):
        if match:
            return match[1] or file
    if inside:
        return inside
    home = os.path.expanduser("~").rstrip("/") + "/"
    return "~/" + file[len(home) :] if home not in ("/", "~/") and file.startswith(home) else file


def shown(text: str) -> str:
    """Give the text without what would move a terminal's cursor or break its line."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
