# SPDX-License-Identifier: Apache-2.0
"""The table [tool.filprofiler] of the nearest pyproject.toml, in the working folder or above it."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as in filprofiler/__init__.py
if TYPE_CHECKING:
    from typing import Any

    Settings = tuple[dict[str, Any], str | None]  # the table and the file's path

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


def _table_in(content: bytes) -> Any:
    """Return the table. Raises ValueError, as tomllib does for what isn't TOML."""
    import tomllib

    tool = tomllib.loads(content.decode()).get("tool", {})
    return tool.get("filprofiler", {}) if isinstance(tool, dict) else {}


def settings() -> Settings:
    """Read the table. Of a file that can't be read this is said; it has no settings."""
    from filprofiler.console import say

    path = nearest()
    if path is None:
        return {}, None
    try:
        with open(path, "rb") as file:
            content = file.read()
        table = _table_in(content) if b"filprofiler" in content else {}
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        say(f"{path} is left out: {reason}")
        return {}, None
    if not isinstance(table, dict):
        return {"own": None}, path  # which is wrong, and said
    return table, path
