# SPDX-License-Identifier: Apache-2.0
"""What stays out of all files of a report: `--no-source` and `--no-arguments`, or the same in
pyproject.toml."""

from __future__ import annotations

TYPE_CHECKING = False  # as in filprofiler/__init__.py
if TYPE_CHECKING:
    from collections.abc import Iterable

    from filprofiler.projectsettings import Settings

NAMES = ("no-source", "no-arguments")


def wanted(options: Iterable[str], settings: Settings) -> set[str]:
    """Return what is to stay out: what the options say, and what the nearest pyproject.toml
    does."""
    from filprofiler.console import say

    found = {name.lstrip("-") for name in options}
    table, path = settings
    for name in NAMES:
        value = table.get(name, False)
        if isinstance(value, bool):
            found |= {name} if value else set()
        else:
            say(f"In {path}, [tool.filprofiler]: {name} is true or false")
            found.add(name)  # who sets it wants it
    return found


def words_of(program: list[str]) -> int:
    """Return how many words of the program's command line say only which program it is."""
    first = program[0] if program else ""
    if first == "-m":
        return 2
    return 0 if first.startswith("-c") and first != "-c" else 1


def settings_for(
    options: Iterable[str], flags: list[str], program: list[str], found: Settings
) -> dict[str, str]:
    """Return the settings of a program (docs/design/starting.md). `flags`: the
    interpreter's; `found`: in pyproject.toml."""
    hidden = wanted(options, found)
    settings = {"NO_SOURCE": "1"} if "no-source" in hidden else {}
    if "no-arguments" in hidden:
        settings["ARGUMENTS"] = str(1 + len(flags) + words_of(program))
    return settings
