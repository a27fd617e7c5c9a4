# SPDX-License-Identifier: Apache-2.0
"""What holds how much: by line, function, file, package, import, thread or kind of memory."""

from __future__ import annotations

from typing import Any, NamedTuple

from filprofiler.places import NOBODY
from filprofiler.sizes import mebibytes
from filprofiler.snapshots import IMPORT_FILE, Frame, Snapshot

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


def imports_named(imports: list[tuple[str, int]]) -> tuple[str, str]:
    """Return what stands in one line for all imports, `imports, 63 of them`, and the largest by name;
    for one its name.
    `imports`: what each import holds, or by how much it changed."""
    if len(imports) == 1:
        return f"import {imports[0][0]}", ""
    largest = sorted((one for one in imports if one[1]), key=lambda one: -abs(one[1]))[:3]
    named = ", ".join(f"{name} {mebibytes(size)}" for name, size in largest)
    return f"imports, {len(imports):,} of them", named


def imports_together(found: list[Row]) -> list[Row]:
    """Return the rows by own line with all imports as one, where there are several."""
    imports = [row for row in found if row.frame.file == IMPORT_FILE]
    if len(imports) < 2:
        return found
    name, named = imports_named([(row.frame.function.removeprefix("import "), row.own_bytes) for row in imports])
    own, through = sum(row.own_bytes for row in imports), sum(row.through_bytes for row in imports)
    allocations = sum(row.allocations for row in imports)
    together = Row(name, Frame(IMPORT_FILE, 0, name), own, through, allocations, named, number=-1)
    lines = [row for row in found if row.frame.file != IMPORT_FILE]
    place = next((i for i, row in enumerate(lines) if row.own_bytes < own), len(lines))
    return [*lines[:place], together, *lines[place:]]


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
