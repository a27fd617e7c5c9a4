# SPDX-License-Identifier: Apache-2.0
"""Whose code it is: what `--own`, and `own` in pyproject.toml, name, and the package of the program
that is run. Which files these are, report/places.c says."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as in filprofiler/__init__.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.metadata import Distribution

    from filprofiler.projectsettings import Settings
    from filprofiler.snapshots import Snapshot

EXAMPLE = 'own = ["src", "mypkg"]'


def resolved(name: str, folder: str) -> list[str]:
    """Return what a name of `--own` or of the setting stands for: a folder or a file, seen from
    `folder`, as absolute paths, or a package. A folder that is called like a package is both."""
    path = os.path.abspath(os.path.join(folder, os.path.expanduser(name)))
    is_package = (
        "/" not in name and name.replace(".", "_").isidentifier() and name.strip(".") == name
    )
    if "/" not in name and not os.path.exists(path):
        return [name]
    paths = [path] if os.path.realpath(path) == path else [path, os.path.realpath(path)]
    return [*paths, name] if is_package and os.path.isdir(path) else paths


def from_settings(found: Settings) -> list[str]:
    """Return what the nearest pyproject.toml names. What is wrong with it is said in one line."""
    from filprofiler.console import say

    table, path = found
    if path is None:
        return []
    own = table.get("own", [])
    if not isinstance(own, list) or not all(isinstance(name, str) and name for name in own):
        say(
            f"In {path}, [tool.filprofiler] is left out: own is a list of folders and packages, as "
            f"in {EXAMPLE}"
        )
        return []
    return [one for name in own for one in resolved(name, os.path.dirname(path))]


def from_options(names: Iterable[str]) -> list[str]:
    """Return what `--own` names, seen from the working folder."""
    folder = os.getcwd() if os.path.exists(".") else "/"
    return [found for name in names for found in resolved(name, folder)]


def reader(names: Iterable[str], found: Settings | None = None) -> Callable[[Snapshot], Snapshot]:
    """Return how a command sees a profile: as its `--own` says, or as the profile itself says, or
    else as pyproject.toml does, which is read then unless `found` is what it says."""
    from functools import cache

    from filprofiler.projectsettings import settings

    given = from_options(names)

    @cache
    def of_project() -> list[str]:
        return from_settings(found or settings())

    def seen(snapshot: Snapshot) -> Snapshot:
        own = given or ([] if "own" in snapshot.facts else of_project())
        return snapshot.with_own(own) if own else snapshot

    return seen


def _looks_like_a_library(folder: str) -> bool:
    """Whether a program's folder is named like one of Python's own, and is none:
    `.../site-packages/job`, `~/lib/python3.11/job`."""
    import re

    if re.search(r"/lib(64)?/python[^/]*/(site|dist)-packages(/|$)", folder):
        return False
    standard = re.search(r"^(.*?/lib(?:64)?/python\d[^/]*)(/|$)", folder)
    if standard:
        return not os.path.exists(os.path.join(standard[1], "os.py"))
    return bool(re.search(r"/(site|dist)-packages(/|$)", folder))


def misnamed(folders: Iterable[str]) -> list[str]:
    """Return those of the program's folders whose names make them look like a library's."""
    likely = {folder for folder in folders if "-packages" in folder or "/python" in folder}
    return sorted(folder for folder in likely if _looks_like_a_library(folder))


def _packages_of(distribution: Distribution) -> set[str]:
    """Return the packages and modules that a distribution brings, by its list of files; of a
    namespace package what lies in it: `google.cloud.storage`."""
    files = [
        file.parts
        for file in distribution.files or ()
        if file.suffix == ".py" and ".." not in file.parts
    ]
    folders = {parts[:-1] for parts in files if parts[-1] == "__init__.py"}
    packages = {".".join(folder) for folder in folders if folder and folder[:-1] not in folders}
    modules = {parts[0].removesuffix(".py") for parts in files if len(parts) == 1}
    return packages | {name for name in modules if not name.startswith("__editable__")}


def console_script(path: str) -> list[str]:
    """Return the script that an installed distribution made, and that one's packages; nothing for
    a script of the reader's own."""
    if os.path.basename(os.path.dirname(os.path.abspath(path))) != "bin" or path.endswith(".py"):
        return []
    try:
        with open(path, "rb") as file:
            text = file.read(4096).decode("utf-8", "replace")
    except OSError:
        return []
    from importlib.metadata import entry_points

    for entry in entry_points(group="console_scripts", name=os.path.basename(path)):
        if entry.dist and (entry.module in text or entry.dist.name in text):
            packages = _packages_of(entry.dist) | {entry.module.partition(".")[0]}
            if "." in entry.module and any(package.count(".") for package in packages):
                packages.discard(entry.module.partition(".")[0])  # it is a namespace
            return [os.path.abspath(path), *sorted(packages)]
    return []


def _module_package(module: str) -> str:
    """Return the package of `-m module`: its first name, or as many as lead out of a namespace
    package."""
    names = module.split(".")
    if len(names) > 1:
        from importlib.util import find_spec

        for count in range(1, len(names)):
            name = ".".join(names[:count])
            try:
                spec = find_spec(name)
            except (ImportError, ValueError, AttributeError):
                break
            if spec is None or spec.origin is not None:
                return name
    return names[0]


def of_program(program: list[str]) -> list[str]:
    """Return the program's own packages, for `-m package` and for an installed distribution's
    script."""
    first = program[0] if program else ""
    if first.startswith("-m"):
        module = first[2:] or (program[1] if len(program) > 1 else "")
        return [_module_package(module)] if module else []
    return [] if first.startswith("-") or not first else console_script(first)


def _folders_of(program: list[str]) -> list[str]:
    """Return the working folder and the script's."""
    try:
        folders = [os.getcwd()]
    except OSError:
        return []
    if program and not program[0].startswith("-"):
        path = os.path.abspath(program[0])
        folders.append(path if os.path.isdir(path) else os.path.dirname(path))
    return folders


def _as_text(names: list[str]) -> str:
    """Return the names as lines, as the walker writes file names: valid UTF-8. One with a line's
    end in it can't be told, and is left out."""
    lines = "\n".join(dict.fromkeys(name for name in names if "\n" not in name))
    escaped = "".join(
        f"\\x{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else c for c in lines
    )
    return os.fsdecode(escaped.encode("utf-8", "backslashreplace"))


def settings_for(names: list[str], program: list[str], found: Settings) -> dict[str, str]:
    """Return the settings of a program (docs/design/starting.md): `names` are those of
    `--own`, or else those `found` in pyproject.toml count."""
    own = (from_options(names) if names else from_settings(found)) + misnamed(_folders_of(program))
    texts = {"OWN": _as_text(own), "PROGRAM": _as_text(of_program(program))}
    return {name: text for name, text in texts.items() if text}
