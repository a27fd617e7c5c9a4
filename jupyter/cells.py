# SPDX-License-Identifier: Apache-2.0
"""The profile as the notebook's reader sees it: files that are cells have the cells' names and lines, and stacks begin at a cell."""

from __future__ import annotations

import linecache
import os
from typing import Any

OUTSIDE = "[outside the cell]"
AT_THE_END = "[at the cell's end]"
EVENTS = os.path.join("IPython", "core", "events.py")  # calls the hooks of a cell's end
OURS = os.path.dirname(__file__)
SHELL = ("IPython", "ipykernel")
MACHINERY = (
    "ipykernel",
    "IPython",
    "traitlets",
    "tornado",
    "zmq",
    "asyncio",
    "jupyter_client",
    "ipykernel_launcher.py",
)

Cells = dict[str, tuple[str, str]]  # the name IPython compiles a cell under => its name in the notebook, "In[3]", and its source


def cells_of(shell: Any) -> Cells:
    """Give the cells that the shell has run so far."""
    return {file: (f"In[{count}]", "".join(linecache.getlines(file))) for file, count in shell.compile._filename_map.items()}


def number_of_latest(shell: Any) -> str:
    """Give the number, as In[3], of the cell that runs or ran last. (The shell's own count runs ahead of it in some versions of IPython.)"""
    return f"In[{max(shell.compile._filename_map.values(), default=0)}]"


def as_cells(profile: dict[str, Any], cells: Cells) -> dict[str, Any]:
    """Change the profile, and give it back."""
    names = {file: name for file, (name, _) in cells.items()}
    profile["command"] = []
    _add_cell_sources(profile, cells)
    _cut_to_cells(profile, names)
    for function in profile["functions"]:
        function["file"] = names.get(function["file"], function["file"])
    return profile


def _add_cell_sources(profile: dict[str, Any], cells: Cells) -> None:
    """Put the cells' own lines into the profile: they stand in no file."""
    functions, sources = profile["functions"], profile["sources"]
    lines = {file: source.splitlines() for file, (_, source) in cells.items()}
    for _, function, line, _, _ in profile["nodes"]:
        file = functions[function]["file"]
        if file in cells and 0 < line <= len(lines[file]):
            sources.setdefault(cells[file][0], {})[str(line)] = lines[file][line - 1].strip()[:200]


def _is_part_of(file: str, names: tuple[str, ...]) -> bool:
    return any(part in names for part in file.split(os.sep))


class _Tree:
    """The nodes that the reader sees, made from the recording's."""

    def __init__(self, profile: dict[str, Any]) -> None:
        self.functions = profile["functions"]
        self.nodes: list[list[int]] = [[0, 0, 0, *profile["nodes"][0][3:]]]
        self.outside = 0  # the node of what IPython and the kernel hold themselves; 0: none yet
        self.end = 0  # the node of the hooks at the cell's end; 0: none yet

    def add(self, parent: int, function: int, line: int, held: int, allocations: int) -> int:
        self.nodes.append([parent, function, line, held, allocations])
        return len(self.nodes) - 1

    def hold(self, node: int, held: int, allocations: int) -> None:
        self.nodes[node][3] += held
        self.nodes[node][4] += allocations

    def at_the_end(self) -> int:
        """Give the node of what hooks do for the cell after it, as drawing its figures."""
        if not self.end:
            self.functions.append({"name": AT_THE_END, "file": AT_THE_END, "first_line": 0})
            self.end = self.add(0, len(self.functions) - 1, 0, 0, 0)
        return self.end

    def hold_outside(self, held: int, allocations: int) -> int:
        """Add to what is held outside the cell; the node for it."""
        if held and not self.outside:
            self.functions.append({"name": OUTSIDE, "file": OUTSIDE, "first_line": 0})
            self.outside = self.add(0, len(self.functions) - 1, 0, 0, 0)
        if held:
            self.hold(self.outside, held, allocations)
        return self.outside


def _hooks(profile: dict[str, Any], machinery: list[bool]) -> set[tuple[int, int]]:
    """Give the frames, as (parent, function), that IPython's events call, without the machinery's and ours."""
    functions, nodes = profile["functions"], profile["nodes"]
    triggers = {index for index, function in enumerate(functions) if function["name"].endswith("trigger") and function["file"].endswith(EVENTS)}
    return {
        (parent, function)
        for parent, function, *_ in nodes
        if nodes[parent][1] in triggers and not machinery[function] and os.path.dirname(functions[function]["file"]) != OURS
    }


def _cut_to_cells(profile: dict[str, Any], names: dict[str, str]) -> None:
    """Let each stack begin at its cell, without the shell's frames inside it (a magic, the display of the last value).

    What IPython and the kernel hold themselves is one node; so is what hooks do at the cell's end, with
    their stacks below it; other threads' stacks stay.
    """
    files = [function["file"] for function in profile["functions"]]
    machinery = [_is_part_of(file, MACHINERY) for file in files]
    shell = [_is_part_of(file, SHELL) for file in files]
    hooks = _hooks(profile, machinery)
    tree = _Tree(profile)
    owner = [0]  # old index => the node that its own bytes went to
    place = [0]  # old index => new index; -1: in the machinery above the cell
    passed = [False]  # the frame was left out inside a cell, and its bytes are its caller's
    for parent, function, line, held, allocations in profile["nodes"][1:]:
        above = place[parent]
        if above < 0 and (parent, function) in hooks:
            above = tree.at_the_end()
        in_cell = files[function] in names
        passed.append(above > 0 and not in_cell and (shell[function] or (passed[parent] and machinery[function])))
        if passed[-1]:
            place.append(above)
            tree.hold(above, held, allocations)
            owner.append(above)
        elif above > 0 or in_cell or (above == 0 and not machinery[function]):
            place.append(tree.add(max(above, 0), function, line, held, allocations))
            owner.append(place[-1])
        else:
            place.append(-1)
            owner.append(tree.hold_outside(held, allocations))
    profile["nodes"] = tree.nodes
    # Whose thread it was doesn't matter outside the cell.
    profile["parts"] = [[owner[node], 0 if owner[node] == tree.outside else thread, *part] for node, thread, *part in profile["parts"]]
    for file in profile["files"]:
        file["node"] = owner[file["node"]]
