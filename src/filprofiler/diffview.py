# SPDX-License-Identifier: Apache-2.0
"""A difference on a terminal, and for programs."""

from __future__ import annotations

import time
from typing import Any

from filprofiler import terminal
from filprofiler.diffs import Change, Diff
from filprofiler.profiles import Profile
from filprofiler.sizes import growth, mebibytes, signed
from filprofiler.snapshots import IMPORT_FILE, Frame
from filprofiler.tables import about, imports_named
from filprofiler.terminal import Cell, Column, Steps, Target, place

# As report/rows.c has them; the old and the new figure go after the package.
STEPS: Steps = [
    (5, 14), (6, 40), (5, 0), (4, 24), (6, 24), (7, 12), (7, 0), (3, 0), (2, 0), (6, 14), (4, 18),
     (6, 0), (4, 8), (1, 0),
]  # fmt: skip


def style_of(change: int, largest: int) -> str:
    """Growth is red and shrinkage green, what matters is bold."""
    if not change:
        return ""
    return ("bold " if abs(change) >= largest / 4 else "") + ("red" if change > 0 else "green")


def headline(difference: Diff) -> list[Cell]:
    """Return the line above everything: how what is in use at the peak changed."""
    old, new = difference.old.in_use_bytes, difference.new.in_use_bytes
    words = f"{signed(new - old)} ({growth(old, new)})" if old != new else "no change"
    style = f"bold {style_of(new - old, 0).removeprefix('bold ')}".strip()
    return [
        Cell(f"{terminal.title_of(difference.new)}: {mebibytes(old)} → {mebibytes(new)}, "),
        Cell(words, style),
    ]


def left(difference: Diff) -> str:
    """Return how what was still in use at the end changed; "" where one of the ends isn't known."""
    old, new = difference.old, difference.new
    if new.is_at_end or old.end_bytes is None or new.end_bytes is None:
        return ""
    before, after = old.at_end().in_use_bytes, new.at_end().in_use_bytes
    words = f"{mebibytes(before)} → {mebibytes(after)}, {signed(after - before)}"
    return f"{terminal.title_of(new.at_end())}: {words}"


def whose(title: str, snapshot: Profile) -> str:
    """Return one of the two: when it ran, and what."""
    started = snapshot.facts.get("started")
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(started)) if started else ""
    return "  ".join(part for part in (title, when, " ".join(snapshot.command[1:])) if part)


def put(to: Target, difference: Diff, count: int) -> None:
    """Print the totals and the first lines."""
    changes = difference.lines
    to.say(*headline(difference))
    for title, snapshot in (("old", difference.old), ("new", difference.new)):
        to.note(whose(title, snapshot))
    grown, shrunk = (
        sum(change.change_bytes for change in changes if (change.change_bytes > 0) == grows)
        for grows in (True, False)
    )
    to.say(Cell(f"Lines grew by {mebibytes(grown)} and shrank by {mebibytes(-shrunk)}."))
    if words := left(difference):
        to.say(Cell(words))
    if changes:
        put_table(to, imports_together(changes), count)


def imports_together(changes: list[Change]) -> list[Change]:
    """Return the changes with all imports as one, where there are several."""
    imports = [change for change in changes if change.frame.file == IMPORT_FILE]
    if len(imports) < 2:
        return changes
    name, named = imports_named(
        [(change.frame.function.removeprefix("import "), change.change_bytes) for change in imports]
    )
    old, new = (
        sum(change.old_bytes for change in imports),
        sum(change.new_bytes for change in imports),
    )
    together = Change(Frame(IMPORT_FILE, 0, name), named, old, new)
    lines = [change for change in changes if change.frame.file != IMPORT_FILE]
    return sorted([*lines, together], key=lambda change: -abs(change.change_bytes))


def put_table(to: Target, changes: list[Change], count: int) -> None:
    """Print the lines that changed the most."""
    largest = abs(changes[0].change_bytes)
    columns = [Column("Change", True), Column("%", True), Column("Old", True), Column("New", True)]
    columns += [Column("Line", begins=True, code=True)]
    columns += [Column("Function", code=True), Column("Source", code=True), Column("In")]
    table = []
    for change in changes[:count]:
        style = style_of(change.change_bytes, largest)
        figures = [signed(change.change_bytes), growth(change.old_bytes, change.new_bytes)]
        table.append(
            [
                *(Cell(figure, style) for figure in figures),
                Cell(mebibytes(change.old_bytes)),
                Cell(mebibytes(change.new_bytes)),
                Cell(place(change.frame), "cyan"),
                Cell(terminal.function_name(change.frame)),
                Cell(change.source),
                Cell(change.below),
            ]
        )
    if not to.is_markdown:
        to.write("\n")
    terminal.put(to, columns, table, STEPS)
    rest = changes[count:]
    if rest:
        together = signed(sum(change.change_bytes for change in rest))
        to.note(f"and {len(rest):,} more, together {together} (-n {len(changes)} shows all)")


def as_data(difference: Diff, count: int, excess: str | None) -> dict[str, Any]:
    """Return the difference for programs: what `--json` prints and `-o FILE.json` writes.
    `excess`: why `--fail-above` was exceeded."""
    changes = difference.lines
    listed = [
        {
            **change.frame._asdict(), "source": change.source, "change_bytes": change.change_bytes,
            "old_bytes": change.old_bytes, "new_bytes": change.new_bytes, "below": change.below,
        }
        for change in changes[:count]
    ]  # fmt: skip
    rest = changes[count:]
    return {
        "format": "filprofiler",
        "version": 2,
        "kind": "diff",
        **({"moment": "end"} if difference.new.is_at_end else {}),
        "old": about(difference.old),
        "new": about(difference.new),
        "change_bytes": difference.change_bytes,
        "exceeded": excess is not None,
        "lines": listed,
        "left_out": {
            "lines": len(rest),
            "change_bytes": sum(change.change_bytes for change in rest),
        },
    }
