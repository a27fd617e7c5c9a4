# SPDX-License-Identifier: Apache-2.0
"""What holds how much: by line, function, file, package, import, thread or kind of memory."""

from __future__ import annotations

from typing import Any, NamedTuple

from filprofiler.places import NO_STACK
from filprofiler.profiles import Profile
from filprofiler.sizes import mebibytes
from filprofiler.snapshots import IMPORT_FILE, Frame, Snapshot

LINES = ("own", "line")  # what has a row for each line


class Row(NamedTuple):
    """What one line, function, file … held at the peak: `own_bytes` by itself, `through_bytes` with
    all that it called, both as asked for; `untouched_bytes` of its own, and
    `through_untouched_bytes` of the other, were never touched. What is left is in use, which is
    what people read; where memory ran out, what was asked for is. `frame` is its line, or the line
    in it that held the most; `allocations` were made in the whole recording; `below`: by own line,
    the package that it called and that holds most of it; `number`: its position in the answer."""

    name: str
    frame: Frame
    own_bytes: int
    through_bytes: int
    allocations: int
    source: str
    below: str = ""
    number: int = 0
    untouched_bytes: int = 0
    through_untouched_bytes: int = 0
    in_use_bytes: int = 0
    through_in_use_bytes: int = 0


def rows(snapshot: Snapshot, by: str = "own") -> list[Row]:
    """Return all rows, the largest first; what Python's import system holds counts for the line
    that imports."""
    found = []
    for number, answer in enumerate(snapshot.native.answers(by)):
        (
            key,
            function,
            line,
            own,
            through,
            allocations,
            untouched,
            _,
            _,
            through_untouched,
            below,
        ) = answer
        frame = snapshot.frame(function, line) if function else Frame(NO_STACK, 0, "")
        if by in LINES:
            name = str(frame)
        elif by == "function":
            name = frame.function or frame.file
        else:
            name = str(key) or NO_STACK
        source = snapshot.source(frame) if by in LINES else ""
        in_use = snapshot.in_use_of(own, untouched), snapshot.in_use_of(through, through_untouched)
        found.append(
            Row(
                name,
                frame,
                own,
                through,
                allocations,
                source,
                below,
                number,
                untouched,
                through_untouched,
                *in_use,
            )
        )
    return found


def imports_named(imports: list[tuple[str, int]]) -> tuple[str, str]:
    """Return what stands in one line for all imports, `imports, 63 of them`, and the largest by
    name; for one its name. `imports`: what each import has in use, or by how much it changed."""
    if len(imports) == 1:
        return f"import {imports[0][0]}", ""
    largest = sorted((one for one in imports if one[1]), key=lambda one: -abs(one[1]))[:3]
    named = ", ".join(f"{name} {mebibytes(size)}" for name, size in largest)
    return f"imports, {len(imports):,} of them", named


def in_reading_order(found: list[Row], count: int) -> list[Row]:
    """Return the rows by own line as people read them: own lines first, then all imports as one
    row, however large it is, then memory without a Python stack. Of the first `count` rows the last
    ones are these; but memory without a stack takes no place from a line that holds more."""
    imports = [row for row in found if row.frame.file == IMPORT_FILE]
    without_stack = [row for row in found if row.frame.file == NO_STACK]
    lines = [row for row in found if row.frame.file not in (IMPORT_FILE, NO_STACK)]
    behind = imports if len(imports) < 2 else [_together(imports)]
    last = lines[max(count - len(behind), 0) - 1 :][:1] if count > len(behind) else []
    is_small = any(row.in_use_bytes < last[0].in_use_bytes for row in without_stack if last)
    if not is_small:
        behind = [*behind, *without_stack]
    shown = max(count - len(behind), 0)
    return [*lines[:shown], *behind, *lines[shown:], *(without_stack if is_small else [])]


def _together(imports: list[Row]) -> Row:
    """Return the row of all imports."""
    name, named = imports_named(
        [(row.name.removeprefix("import "), row.in_use_bytes) for row in imports]
    )

    def of_all(field: str) -> int:
        return sum(getattr(row, field) for row in imports)

    return Row(
        name,
        Frame(IMPORT_FILE, 0, name),
        of_all("own_bytes"),
        of_all("through_bytes"),
        of_all("allocations"),
        named,
        number=-1,
        untouched_bytes=of_all("untouched_bytes"),
        through_untouched_bytes=of_all("through_untouched_bytes"),
        in_use_bytes=of_all("in_use_bytes"),
        through_in_use_bytes=of_all("through_in_use_bytes"),
    )


def about(snapshot: Profile) -> dict[str, Any]:
    """What a machine-readable answer says of the profile it was made of."""
    names = (
        "kind",
        "reason",
        "command",
        "python",
        "pid",
        "started",
        "seconds",
        "moment",
        "peak_bytes",
        "untouched_bytes",
        "live_bytes",
        "peak_at_seconds",
    )
    facts = snapshot.facts | ({"reason": snapshot.reason} if snapshot.reason else {})
    return {name: facts[name] for name in names if name in facts}


def left_out(rest: list[Row]) -> dict[str, int]:
    """Return what these rows, which aren't shown, hold together, for `--json`."""
    names = ("own_bytes", "untouched_bytes")
    return {"rows": len(rest), **{name: sum(getattr(row, name) for row in rest) for name in names}}


def as_data(snapshot: Snapshot, by: str, found: list[Row], count: int) -> dict[str, Any]:
    """Return the table for `--json`."""
    peak = snapshot.peak_bytes
    listed = [
        {
            "name": row.name, "own_bytes": row.own_bytes, "own_share": round(row.own_bytes / peak,
            6) if peak else 0.0,
            "through_bytes": row.through_bytes, "allocations": row.allocations,
            "file": row.frame.file,
            **({"line": row.frame.line, "function": row.frame.function,
            "source": row.source} if by in LINES else {}),
            "untouched_bytes": row.untouched_bytes,
            "through_untouched_bytes": row.through_untouched_bytes,
            **({"below": row.below} if by == "own" else {}),
            **({"function": row.frame.function} if by == "function" else {}),
        }
        for row in found[:count]
    ]  # fmt: skip
    if by not in (*LINES, "function", "file"):
        for row in listed:
            del row["file"]
    rest = found[count:]
    return {**about(snapshot), "by": by, "rows": listed, "left_out": left_out(rest)}
