# SPDX-License-Identifier: Apache-2.0
"""The recording of one cell: start, stop, and the profile as the notebook's reader sees it."""

from __future__ import annotations

import json
import linecache
import os
from typing import Any

from filprofiler.jupyter.threadpools import OneThread

import filprofiler
from filprofiler.snapshots import Snapshot

OUTSIDE = "[outside the cell]"
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

    def finish(self) -> None:
        """Stop and display the report as one output."""
        from filprofiler.jupyter.display import show

        try:
            snapshot = filprofiler.stop()
        finally:
            self.pools.end()
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


def _is_machinery(file: str) -> bool:
    return any(part in MACHINERY for part in file.split(os.sep))


def _cut_to_cells(profile: dict[str, Any], names: dict[str, str]) -> None:
    """Let each stack begin at its cell. What IPython and the kernel hold themselves is one node; other threads' stacks stay."""
    functions, nodes = profile["functions"], profile["nodes"]
    outside = len(functions)
    functions.append({"name": OUTSIDE, "file": OUTSIDE, "first_line": 0})
    kept: list[list[int]] = [[0, 0, 0, *nodes[0][3:]]]
    place = [0]  # old index => new index, or -1 below machinery
    outside_node = 0
    for parent, function, line, held, allocations in nodes[1:]:
        above = place[parent]
        in_cell = functions[function]["file"] in names
        if above > 0 or in_cell or (above == 0 and not _is_machinery(functions[function]["file"])):
            place.append(len(kept))
            kept.append([max(above, 0), function, line, held, allocations])
            continue
        place.append(-1)
        if held and not outside_node:
            outside_node = len(kept)
            kept.append([0, outside, 0, 0, 0])
        if held:
            kept[outside_node][3] += held
            kept[outside_node][4] += allocations
    profile["nodes"] = kept
