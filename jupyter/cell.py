# SPDX-License-Identifier: Apache-2.0
"""The recording of one cell: start, stop, and the profile as the notebook's reader sees it."""

from __future__ import annotations

import json
import linecache
import os
from typing import Any

from filprofiler.jupyter.threadpools import OneThread

import filprofiler
from filprofiler import _filext
from filprofiler.snapshots import Snapshot

OUTSIDE = "[outside the cell]"
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


class CellRecording:
    """From the cell's first statement to its end."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.pools = OneThread()

    def begin(self) -> None:
        """Start. Raises RuntimeError when a recording is running already."""
        self.pools.begin()
        try:
            filprofiler.start()
        except RuntimeError:
            self.pools.end()
            raise

    def finish(self, error: BaseException | None) -> None:
        """Stop and display the report as one output; when the cell failed for lack of memory, that of the moment when it was short."""
        from filprofiler.jupyter.display import show

        try:
            short = _filext.out_of_memory() if isinstance(error, MemoryError) else None
            snapshot = filprofiler.stop()
        finally:
            self.pools.end()
        if short is not None:
            snapshot = Snapshot(short)
        show(Snapshot(json.dumps(self._as_cells(json.loads(snapshot.profile))).encode()))

    def _as_cells(self, profile: dict[str, Any]) -> dict[str, Any]:
        names = {name: f"In[{count}]" for name, count in self.shell.compile._filename_map.items()}
        profile["command"] = []
        _add_cell_sources(profile, names)
        _cut_to_cells(profile, names)
        for function in profile["functions"]:
            function["file"] = names.get(function["file"], function["file"])
        return profile


def _add_cell_sources(profile: dict[str, Any], names: dict[str, str]) -> None:
    """Put the cells' own lines into the profile: they stand in no file."""
    functions, sources = profile["functions"], profile["sources"]
    for _, function, line, _, _ in profile["nodes"]:
        file = functions[function]["file"]
        if file in names and line:
            sources.setdefault(names[file], {})[str(line)] = linecache.getline(file, line).strip()[:200]


def _is_part_of(file: str, names: tuple[str, ...]) -> bool:
    return any(part in names for part in file.split(os.sep))


class _Tree:
    """The nodes that the reader sees, made from the recording's."""

    def __init__(self, profile: dict[str, Any]) -> None:
        self.functions = profile["functions"]
        self.nodes: list[list[int]] = [[0, 0, 0, *profile["nodes"][0][3:]]]
        self.outside = 0  # the node of what IPython and the kernel hold themselves; 0: none yet

    def add(self, parent: int, function: int, line: int, held: int, allocations: int) -> int:
        self.nodes.append([parent, function, line, held, allocations])
        return len(self.nodes) - 1

    def hold(self, node: int, held: int, allocations: int) -> None:
        self.nodes[node][3] += held
        self.nodes[node][4] += allocations

    def hold_outside(self, held: int, allocations: int) -> int:
        """Add to what is held outside the cell; the node for it."""
        if held and not self.outside:
            self.functions.append({"name": OUTSIDE, "file": OUTSIDE, "first_line": 0})
            self.outside = self.add(0, len(self.functions) - 1, 0, 0, 0)
        if held:
            self.hold(self.outside, held, allocations)
        return self.outside


def _cut_to_cells(profile: dict[str, Any], names: dict[str, str]) -> None:
    """Let each stack begin at its cell, without the shell's frames inside it (a magic, the display of the last value).

    What IPython and the kernel hold themselves is one node; other threads' stacks stay.
    """
    files = [function["file"] for function in profile["functions"]]
    machinery = [_is_part_of(file, MACHINERY) for file in files]
    shell = [_is_part_of(file, SHELL) for file in files]
    tree = _Tree(profile)
    owner = [0]  # old index => the node that its own bytes went to
    place = [0]  # old index => new index; -1: in the machinery above the cell
    passed = [False]  # the frame was left out inside a cell, and its bytes are its caller's
    for parent, function, line, held, allocations in profile["nodes"][1:]:
        above = place[parent]
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
