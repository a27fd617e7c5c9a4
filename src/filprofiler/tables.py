# SPDX-License-Identifier: Apache-2.0
"""What holds how much: by line, function, file or package."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from filprofiler.calltree import CallTree, call_tree, walk
from filprofiler.places import NOBODY, package
from filprofiler.snapshots import Frame, Snapshot

KEYS: dict[str, Callable[[Frame], Hashable]] = {
    "line": lambda frame: frame,
    "function": lambda frame: (frame.file, frame.function),
    "file": lambda frame: frame.file,
    "package": lambda frame: package(frame.file),
}


class Row(NamedTuple):
    """What one line, function, file or package held at the peak: `own_bytes` by itself, `through_bytes` with all that it called.
    `frame` is its line, or the line in it that held the most; `allocations` were made in the whole recording."""

    name: str
    frame: Frame
    own_bytes: int
    through_bytes: int
    allocations: int
    source: str


def source_of(snapshot: Snapshot, frame: Frame) -> str:
    """Give the source text of the frame's line, "" where it is unknown."""
    return str(snapshot.data.get("sources", {}).get(frame.file, {}).get(str(frame.line), ""))


def passes_through(tree: CallTree, keys: list[Hashable]) -> dict[Hashable, int]:
    """Give what goes through each key: every stack once, however often the key is in it."""
    through: dict[Hashable, int] = {}
    inside: dict[Hashable, int] = {}
    totals = tree.totals()
    for node, enters in walk(tree.children()):
        key = keys[node]
        depth = inside.get(key, 0)
        if enters and not depth:
            through[key] = through.get(key, 0) + totals[node]
        inside[key] = depth + (1 if enters else -1)
    return through


def rows(snapshot: Snapshot, by: str = "line") -> list[Row]:
    """Give all rows, the largest first. What the import system holds counts for the line that imports."""
    tree = call_tree(snapshot, with_imports=False)
    nobody = Frame(NOBODY, 0, "")
    frames = [nobody, *tree.frames[1:]]
    keys = [KEYS[by](frame) for frame in frames]
    through = passes_through(tree, keys)
    through[keys[0]] = tree.own[0]  # the root's own: nothing else goes through it
    own: dict[Hashable, int] = {}
    made: dict[Hashable, int] = {}
    largest: dict[Hashable, dict[Frame, int]] = {}
    for key, frame, held, count in zip(keys, frames, tree.own, tree.allocations, strict=True):
        own[key] = own.get(key, 0) + held
        made[key] = made.get(key, 0) + count
        lines = largest.setdefault(key, {})
        lines[frame] = lines.get(frame, 0) + held
    found = []
    for key, lines in largest.items():
        frame = max(lines, key=lambda line: lines[line])
        name = {"function": frame.function or frame.file, "file": frame.file, "package": package(frame.file)}.get(by, str(frame))
        source = source_of(snapshot, frame) if by == "line" else ""
        if own[key] or through[key]:
            found.append(Row(name, frame, own[key], through[key], made[key], source))
    return sorted(found, key=lambda row: (-row.own_bytes, -row.through_bytes))


def about(snapshot: Snapshot) -> dict[str, Any]:
    """What a machine-readable answer says of the profile it was made of."""
    names = ("kind", "reason", "command", "python", "pid", "started", "seconds", "peak_bytes", "live_bytes", "peak_at_seconds")
    return {name: snapshot.data[name] for name in names if name in snapshot.data}


def as_data(snapshot: Snapshot, by: str, found: list[Row], count: int) -> dict[str, Any]:
    """Give the table for `--json`."""
    peak = snapshot.peak_bytes
    listed = [
        {
            "name": row.name, "own_bytes": row.own_bytes, "own_share": round(row.own_bytes / peak, 6) if peak else 0.0,
            "through_bytes": row.through_bytes, "allocations": row.allocations, "file": row.frame.file,
            **({"line": row.frame.line, "function": row.frame.function, "source": row.source} if by == "line" else {}),
            **({"function": row.frame.function} if by == "function" else {}),
        }
        for row in found[:count]
    ]  # fmt: skip
    if by == "package":
        for row in listed:
            del row["file"]
    rest = found[count:]
    return {**about(snapshot), "by": by, "rows": listed, "left_out": {"rows": len(rest), "own_bytes": sum(row.own_bytes for row in rest)}}
