# SPDX-License-Identifier: Apache-2.0
"""Where reports and recordings go: `<parent>/<time>`."""

from __future__ import annotations

import os

PARENT = "fil-result"
RECORDING = "recording.fil"  # in a result folder while its program runs, and after a kill until there is a report


def folder_path(parent: str = PARENT) -> str:
    """Give the absolute path for a report of now, as `fil-result/2026-11-24T23-16-08_123`. Makes nothing."""
    import time

    now = time.time()
    name = f"{time.strftime('%Y-%m-%dT%H-%M-%S', time.localtime(now))}_{int(now * 1000) % 1000:03}"
    return os.path.abspath(os.path.join(parent, name))


def utc_offset() -> int:
    """Return the seconds that local time, by which folders are named, is ahead."""
    import time

    return time.localtime().tm_gmtoff


def missing_folders(path: str) -> int:
    """Return how many folders have to be made for this one to be there: itself and those around it."""
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


def make_folder(parent: str) -> str:
    """Make the folder for a report of now, with a number behind its name where there is one already, and give its path. Raises OSError."""
    path = folder_path(parent)
    os.makedirs(parent, exist_ok=True)
    for attempt in range(1000):
        numbered = f"{path}-{attempt}" if attempt else path
        try:
            os.mkdir(numbered)
        except FileExistsError:
            continue
        return numbered
    raise FileExistsError(17, "File exists", path)
