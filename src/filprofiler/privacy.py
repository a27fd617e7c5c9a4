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


def words_of(command: list[str]) -> int:
    """Return how many words of a command line, from the interpreter on, say only which program
    runs: the interpreter, its options, the script or -m and the module. The text of -c says
    more."""
    at = 1
    while at < len(command) and command[at].startswith("-") and command[at] != "-":
        word = command[at]
        if word == "--":
            at += 1
            break
        letter = "" if word.startswith("--") else next((c for c in word[1:] if c in "mcWX"), "")
        is_last = letter != "" and word.index(letter) == len(word) - 1
        if letter == "c":  # what stands in the same word is its text
            return at + is_last
        if letter == "m":
            return at + 1 + is_last
        at += 1 + (word == "--check-hash-based-pycs" or is_last)
    return at + 1


def settings_for(
    options: Iterable[str], flags: list[str], program: list[str], found: Settings
) -> dict[str, str]:
    """Return the settings of a program (docs/design/starting.md). `flags`: the
    interpreter's; `found`: in pyproject.toml."""
    hidden = wanted(options, found)
    settings = {"NO_SOURCE": "1"} if "no-source" in hidden else {}
    if "no-arguments" in hidden:
        settings["ARGUMENTS"] = str(words_of(["python", *flags, *program]))
    return settings
