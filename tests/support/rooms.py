# SPDX-License-Identifier: Apache-2.0
"""The rooms of the code and the arrows between them, read from the code itself.

docs/rooms.toml has the law; tests hold the code to it. As a program it draws the rooms into
docs/architecture.md: `./dev rooms`.

A file's arrows are the `#include "..."` lines of C and the import statements of Python, also those
inside functions and below TYPE_CHECKING."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
LAW = "docs/rooms.toml"
PAGE = "docs/architecture.md"
BEGIN, END = "<!-- rooms: ./dev rooms -->", "<!-- end of rooms -->"
PACKAGES = {  # folder => the package that it is installed as
    "src/filprofiler": "filprofiler",
    "kernel": "filprofiler.kernel",
    "jupyter": "filprofiler.jupyter",
}
EXTENSION = "filext/extension/module.c"  # what `filprofiler._filext` is built from

Graph = dict[str, set[str]]  # from => to; of files by their path, of rooms by their name


class Room(NamedTuple):
    """A room of the law. `files`: those it has; empty: all of the folder that it is named after."""

    name: str
    files: tuple[str, ...]
    holds: str
    knows: frozenset[str]


def read_law(root: Path = REPOSITORY) -> list[Room]:
    """Return the rooms that the law has, the lowest first."""
    rooms = tomllib.loads((root / LAW).read_text())["room"]
    return [
        Room(
            name=room["name"],
            files=tuple(room.get("files", ())),
            holds=room["holds"],
            knows=frozenset(room["knows"]),
        )
        for room in rooms
    ]


def room_of(path: str, law: list[Room]) -> str | None:
    """Return the name of the room that the file is in, None for one that isn't in the law."""
    listed = next((room.name for room in law if path in room.files), None)
    folder = path.rpartition("/")[0]
    return listed or next((room.name for room in law if room.name == folder), None)


def includes(root: Path, path: Path) -> Iterator[str]:
    """Yield the files of ours that a C file includes."""
    for name in re.findall(r'^\s*#\s*include "([^"]+)"', path.read_text(), re.MULTILINE):
        target = (path.parent / name).resolve()
        if target.exists():
            yield str(target.relative_to(root))


def modules(root: Path) -> dict[str, str]:
    """Return the modules of the package with their files."""
    found = {"filprofiler._filext": EXTENSION}
    for folder, package in PACKAGES.items():
        for path in sorted((root / folder).glob("*.py")):
            name = package if path.stem == "__init__" else f"{package}.{path.stem}"
            found[name] = str(path.relative_to(root))
    return found


def imported(path: Path, name: str) -> Iterator[str]:
    """Yield what the module `name` imports, as dotted names: for `from a import b` both `a.b` and,
    if that is no module, `a`, are candidates, the longer first."""
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def imports(path: Path, name: str, known: dict[str, str]) -> Iterator[str]:
    """Yield the files of the modules that a module imports."""
    for target in imported(path, name):
        found = target if target in known else target.rpartition(".")[0]
        if found in known:
            yield known[found]


def c_files(root: Path, law: list[Room]) -> list[Path]:
    """Return the C files of all rooms."""
    return [path for room in law for path in sorted((root / room.name).glob("*.[ch]"))]


def c_graph(root: Path, law: list[Room]) -> Graph:
    """Return the C files' arrows. `x.c` and `x.h` stay two: a header may not know its users."""
    return {str(path.relative_to(root)): set(includes(root, path)) for path in c_files(root, law)}


def python_graph(root: Path) -> Graph:
    """Return the Python files' arrows."""
    known = modules(root)
    graph: Graph = {}
    for name, file in known.items():
        if file != EXTENSION:
            graph[file] = set(imports(root / file, name, known)) - {file}
    return graph


def nouns(graph: Graph, room: str) -> Graph:
    """Return the arrows inside of a room of C, by noun: `x.c` and `x.h` are one."""
    found: Graph = {}
    for file, targets in graph.items():
        if file.rpartition("/")[0] == room:
            noun = file.rpartition(".")[0]
            inside = {to.rpartition(".")[0] for to in targets if to.rpartition("/")[0] == room}
            found.setdefault(noun, set()).update(inside - {noun})
    for noun in set().union(*found.values()) - found.keys():
        found[noun] = set()
    return found


def between(graph: Graph, law: list[Room]) -> Graph:
    """Return the arrows between rooms."""
    found: Graph = {room.name: set() for room in law}
    for file, targets in graph.items():
        here = room_of(file, law)
        for target in targets:
            there = room_of(target, law)
            if here and there and here != there:
                found[here].add(there)
    return found


def cycles(graph: Graph) -> list[list[str]]:
    """Return what knows itself in a roundabout way, each circle as its members in order."""
    reached = {start: _reachable(graph, start) for start in graph}
    circles = {
        tuple(sorted(other for other in reached[start] if start in reached.get(other, ())))
        for start in graph
        if start in reached[start]
    }
    return [list(circle) for circle in sorted(circles)]


def _reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for target in graph.get(waiting.pop(), set()) - found:
            found.add(target)
            waiting.append(target)
    return found


def faults(root: Path = REPOSITORY) -> list[str]:
    """Return how the code breaks the law, a sentence each; empty when it holds."""
    law = read_law(root)
    c, python = c_graph(root, law), python_graph(root)
    found = [f"the law has a circle: {', '.join(circle)}" for circle in cycles(allowed(law))]
    for graph in (c, python):
        found += _breaches(graph, law)
    needed = between(c | python, law)
    for room in law:
        found += [
            f"{room.name} needn't know {name}: take it out of {LAW}"
            for name in sorted(room.knows - needed[room.name])
        ]
    found += [f"these Python files know each other: {', '.join(one)}" for one in cycles(python)]
    for room in law:
        circles = cycles(nouns(c, room.name))
        found += [f"these C nouns know each other: {', '.join(one)}" for one in circles]
    return found


def allowed(law: list[Room]) -> Graph:
    """Return the arrows that the law allows."""
    return {room.name: set(room.knows) for room in law}


def _breaches(graph: Graph, law: list[Room]) -> Iterator[str]:
    may = allowed(law)
    for file, targets in sorted(graph.items()):
        here = room_of(file, law)
        if here is None:
            yield f"{file} is in no room of {LAW}"
            continue
        for target in sorted(targets):
            there = room_of(target, law)
            if there != here and there not in may[here]:
                yield f"{file} knows {target}: {here} may not know {there}"


def reduced(graph: Graph) -> Graph:
    """Return the arrows without those that follow from others."""
    return {
        start: {
            target
            for target in targets
            if not any(target in _reachable(graph, other) for other in targets - {target})
        }
        for start, targets in graph.items()
    }


def drawn(root: Path = REPOSITORY) -> str:
    """Return the rooms as they are in the code: a picture in Mermaid, and a table."""
    law = read_law(root)
    graph = between(c_graph(root, law) | python_graph(root), law)
    numbers = {room.name: f"r{index}" for index, room in enumerate(law)}
    lines = ["```mermaid", "graph TD"]
    lines += [f'  {numbers[room.name]}["{room.name}"]' for room in reversed(law)]
    for start, targets in reversed(list(reduced(graph).items())):
        lines += [f"  {numbers[start]} --> {numbers[target]}" for target in sorted(targets)]
    lines += ["```", "", "| room | what is in there | knows |", "|---|---|---|"]
    for room in reversed(law):
        knows = ", ".join(f"`{name}`" for name in sorted(graph[room.name])) or "none"
        lines.append(f"| `{room.name}` | {room.holds} | {knows} |")
    return "\n".join(lines)


def page_with(text: str, root: Path = REPOSITORY) -> str:
    """Return the text of docs/architecture.md with the rooms as they are now."""
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{PAGE} has no place for the rooms: {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n\n{drawn(root)}\n\n{END}{after}"


def main() -> None:
    """Draw the rooms into the page, and say where the law is broken."""
    page = REPOSITORY / PAGE
    page.write_text(page_with(page.read_text()))
    found = faults()
    print("\n".join(found) or f"The rooms are drawn in {PAGE}; the law of {LAW} holds.")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
