# SPDX-License-Identifier: Apache-2.0
"""What changed between two runs, in a notebook: one output, as a report is."""

from __future__ import annotations

from html import escape

from filprofiler.jupyter.display import account, frame, put, table

from filprofiler.diffs import Change, Diff
from filprofiler.sizes import growth, mebibytes, signed
from filprofiler.snapshots import Snapshot
from filprofiler.terminal import Cell, Column, lines_of, place

MOST_LINES = 8
COLUMNS = [Column("", True), Column("", True), Column(""), Column("")]
LOOK = ("text", 0, False, "")
LEAST_CHANGED = 50 << 10  # bytes: less would read "0.0 MiB"
NOTHING = "No line's own memory changed by 50 KiB or more."


def _called(snapshot: Snapshot, name: str) -> Snapshot:
    """Return the snapshot with the run's name where it has no command line: a cell hasn't."""
    if not name or snapshot.command:
        return snapshot
    return Snapshot(snapshot.native.called(name))


def _headline(difference: Diff, names: tuple[str, str]) -> str:
    old, new = difference.old.in_use_bytes, difference.new.in_use_bytes
    change = f"{signed(new - old)}, {growth(old, new)}" if old != new else "no change"
    return f"Peak memory: {mebibytes(old)} ({names[0]}) → {mebibytes(new)} ({names[1]}): {change}"


def _lines(difference: Diff) -> list[Change]:
    first = difference.lines[:MOST_LINES]
    return [change for change in first if abs(change.change_bytes) >= LEAST_CHANGED]


def _rest(snapshot: Snapshot) -> list[str]:
    """What the ordinary report says below its lines, of the new run."""
    return account(snapshot)


def show(old: Snapshot, new: Snapshot, names: tuple[str, str], display_id: str | None) -> None:
    """Display what changed from `old` to `new`, which are called so, in place of what stands at
    `display_id`."""
    difference = Diff(_called(old, names[0]), _called(new, names[1]))
    headline, changes, rest = _headline(difference, names), _lines(difference), _rest(new)
    rows = [
        (
            signed(change.change_bytes),
            growth(change.old_bytes, change.new_bytes),
            change.frame,
            change.source,
            "",
        )
        for change in changes
    ]
    cells = [
        [Cell(text) for text in (f"  {row[0]}", row[1], place(row[2]), row[3])] for row in rows
    ]
    text = lines_of(COLUMNS, cells, LOOK, []).splitlines() if rows else [f"  {NOTHING}"]
    below = escape("\n".join(rest))
    html = (
        f"<p><b>{escape(headline)}</b></p>{table(rows) if rows else f'<p>{NOTHING}</p>'}"
        f'<p style="white-space:pre-wrap"><small>{below}</small></p>'
        f"{frame('What changed at the peak, as a flamegraph', difference.native)}"
    )
    put("\n".join([headline, *text, *rest]), html, display_id)
