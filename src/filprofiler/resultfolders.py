# SPDX-License-Identifier: Apache-2.0
"""Where reports and black boxes go: `<parent>/<time>-<name>`."""

from __future__ import annotations

import os

LONGEST_NAME = 40  # characters of a program's name in that of its folder
PARENT = "fil-result"
# in a result folder while its program runs, and after a kill until there is a report
BLACKBOX = "recording.fil"


def name_of(program: list[str]) -> str:
    """Return what the result folder of a program is called: `job` for `job.py`, `pkg.mod` for
    `-m pkg.mod`, `command` for `-c`, `stdin` for `-`."""
    if program[0] == "--":
        program = program[1:]
    first = program[0] if program else "-"
    if first.startswith("-m"):
        return program[1] if first == "-m" else first[2:]
    if first.startswith("-c"):
        return "command"
    if first == "-":
        return "stdin"
    name = os.path.basename(os.path.abspath(first))
    stem, ending = os.path.splitext(name)
    return stem if ending in (".py", ".pyw", ".pyc", ".pyz", ".zip") else name


def as_name(text: str) -> str:
    """Return as much of the text as may stand in a file's name, wherever that is read: letters,
    figures, `.`, `_` and `-`."""
    import re
    import sys

    try:
        text.encode(sys.getfilesystemencoding())
    except UnicodeError:
        text = text.encode("ascii", "replace").decode()
    return re.sub(r"[^\w.]+", "-", text)[:LONGEST_NAME].strip("-._")


def folder_path(parent: str = PARENT, name: str = "") -> str:
    """Return the absolute path for a report of now, as `fil-result/2026-11-24T23-16-08_123-job`.
    Makes nothing."""
    import time

    now = time.time()
    when = f"{time.strftime('%Y-%m-%dT%H-%M-%S', time.localtime(now))}_{int(now * 1000) % 1000:03}"
    return os.path.abspath(
        os.path.join(parent, f"{when}-{called}" if (called := as_name(name)) else when)
    )


def utc_offset() -> int:
    """Return the seconds that local time, by which folders are named, is ahead."""
    import time

    return time.localtime().tm_gmtoff


def missing_folders(path: str) -> int:
    """Return how many folders have to be made for this one to be there: itself and those around
    it."""
    path, missing = os.path.abspath(path), 0
    while not os.path.lexists(path):
        path, missing = os.path.dirname(path), missing + 1
    return missing


def remove_folders(path: str, made: int) -> None:
    """Remove the folder if it is empty, and so many of those around it that `made` are removed."""
    try:
        for _ in range(made):
            os.rmdir(path)
            path = os.path.dirname(path)
    except OSError:
        pass


def make_folder(parent: str, name: str = "") -> str:
    """Make the folder for a report of now and return its path; where there is one already, a number
    stands behind its name. Raises OSError."""
    path = folder_path(parent, name)
    os.makedirs(parent, exist_ok=True)
    for attempt in range(1000):
        numbered = f"{path}-{attempt}" if attempt else path
        try:
            os.mkdir(numbered)
        except FileExistsError:
            continue
        return numbered
    raise FileExistsError(17, "File exists", path)
