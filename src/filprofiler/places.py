# SPDX-License-Identifier: Apache-2.0
"""How a file reads where there is little room. Whose code it is, report/places.c says."""

from __future__ import annotations

import os
import re
from functools import cache

LIBRARY = re.compile(r"(?:^|/)(?:site|dist)-packages/(([^/]+).*)")
STANDARD = re.compile(r"(?:^|/)lib(?:64)?/python\d[^/]*/(.+)|^<frozen ([^>]*)>")
NOBODY = "[No Python stack]"


@cache
def short(file: str, folder: str | None = None) -> str:
    """Give the file as it is told apart at a glance: from its package on, or from the working directory."""
    if match := LIBRARY.search(file):
        return match[1]
    if match := STANDARD.search(file):
        return match[1] or file
    here = (folder or os.getcwd()).rstrip("/") + "/"
    if file.startswith(here) and here != "/":
        return file[len(here) :]
    home = os.path.expanduser("~").rstrip("/") + "/"
    return "~/" + file[len(home) :] if home not in ("/", "~/") and file.startswith(home) else file


def shown(text: str) -> str:
    """Give the text without what would move a terminal's cursor or break its line."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
