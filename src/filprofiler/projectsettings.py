# SPDX-License-Identifier: Apache-2.0
"""The table [tool.filprofiler] of the nearest pyproject.toml, in the working folder or above it."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as in filprofiler/__init__.py
if TYPE_CHECKING:
    from typing import Any

NAME = "pyproject.toml"


def nearest() -> str | None:
    """Return the file's path."""
    try:
        folder = os.getcwd()
    except OSError:  # it was removed
        return None
    while not os.path.isfile(os.path.join(folder, NAME)):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return os.path.join(folder, NAME)


def say_wrong(path: str | None, words: str) -> None:
    """Say what is wrong with a setting."""
    from filprofiler.cli import say

    say(f"In {path}, [tool.filprofiler]: {words}")


def settings() -> tuple[dict[str, Any], str | None]:
    """Return the table and the file's path. A file that can't be read is said, and has no settings."""
    path = nearest()
    if path is None:
        return {}, None
    try:
        with open(path, "rb") as file:
            content = file.read()
        if b"filprofiler" not in content:
            return {}, path
        import tomllib

        table = tomllib.loads(content.decode()).get("tool", {}).get("filprofiler", {})
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        say_wrong(path, f"it can't be read: {str(error).partition(chr(10))[0]}")
        return {}, path
    return (table, path) if isinstance(table, dict) else ({}, path)
