# SPDX-License-Identifier: Apache-2.0
"""What holds how much: by line, function, file, package, import, thread or kind of memory."""

from __future__ import annotations

from typing import Any, NamedTuple

from filprofiler.places import NOBODY
from filprofiler.snapshots import Frame, Snapshot

LINES = ("own", "line")  # what has a row for each line


class Row(NamedTuple):
    """What one line, function, file … held at the peak: `own_bytes` by itself, `through_bytes` with all that it called.
    `frame` is its line, or the line in it that held the most; `allocations` were made in the whole recording; `below`: by own line,
    the package that it called and that holds most of it; `number`: its place in the answer;
    `untouched_bytes`: of its own, asked for and never touched."""

    name: str
    frame: Frame
    own_bytes: int
    through_bytes: int
    allocations: int
    source: str
    below: str = ""
    number: int = 0
    untouched_bytes: int = 0


def rows(snapshot: Snapshot, by: str = "own") -> list[Row]:
    """Return all rows, the largest first; what Python's import system holds counts for the line that imports."""
    found = []
    for number, answer in enumerate(snapshot.native.answers(by)):
        key, function, line, own, through, allocations, untouched, *_, below = answer
        frame = snapshot.frame(function, line) if function else Frame(NOBODY, 0, "")
        if by in LINES:
            name = str(frame)
        elif by == "function":
            name = frame.function or frame.file
        else:
            name = str(key) or NOBODY
        source = snapshot.source(frame) if by in LINES else ""
        found.append(Row(name, frame, own, through, allocations, source, below, number, untouched))
    return found


def about(snapshot: Snapshot) -> dict[str, Any]:
    """What a machine-readable answer says of the profile it was made of."""
    names = ("kind", "reason", "command", "python", "pid", "started", "seconds", "moment", "peak_bytes", "live_bytes", "peak_at_seconds")
    facts = snapshot.facts | ({"reason": snapshot.reason} if snapshot.reason else {})
    return {name: facts[name] for name in names if name in facts}


def as_data(snapshot: Snapshot, by: str, found: list[Row], count: int) -> dict[str, Any]:
    """Give the table for `--json`."""
    peak = snapshot.peak_bytes
    listed = [
        {
            "name": row.name, "own_bytes": row.own_bytes, "own_share": round(row.own_bytes / peak, 6) if peak else 0.0,
            "through_bytes": row.through_bytes, "allocations": row.allocations, "file": row.frame.file,
            **({"line": row.frame.line, "function": row.frame.function, "source": row.source} if by in LINES else {}),
            "untouched_bytes": row.untouched_bytes, **({"below": row.below} if by == "own" else {}),
            **({"function": row.frame.function} if by == "function" else {}),
        }
        for row in found[:count]
    ]  # fmt: skip
    if by not in (*LINES, "function", "file"):
        for row in listed:
            del row["file"]
    rest = found[count:]
    return {**about(snapshot), "by": by, "rows": listed, "left_out": {"rows": len(rest), "own_bytes": sum(row.own_bytes for row in rest)}}
