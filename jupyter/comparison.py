# SPDX-License-Identifier: Apache-2.0
"""What changed between two runs, in a notebook: one output, as a report is."""

from __future__ import annotations

from html import escape

from filprofiler.jupyter.display import LEAST_SHOWN, account, frame, put, table

from filprofiler.diffs import Change, Diff
from filprofiler.sizes import growth, mebibytes, signed
from filprofiler.snapshots import Snapshot

MOST_LINES = 8


def _called(snapshot: Snapshot, name: str) -> Snapshot:
    """Give the snapshot with the run's name where it has no command line: a cell hasn't."""
    if not name or snapshot.command:
        return snapshot
    return Snapshot(snapshot.native.called(name))


def _headline(difference: Diff, names: tuple[str, str]) -> str:
    old, new = difference.old.peak_bytes, difference.new.peak_bytes
    change = f"{signed(new - old)}, {growth(old, new)}" if old != new else "no change"
    return f"Peak memory: {mebibytes(old)} ({names[0]}) → {mebibytes(new)} ({names[1]}): {change}"


def _lines(difference: Diff) -> list[Change]:
    return [change for change in difference.lines[:MOST_LINES] if abs(change.change_bytes) >= LEAST_SHOWN]


def _rest(snapshot: Snapshot) -> list[str]:
    """What the ordinary report says below its lines, of the new run."""
    return account(snapshot)


def show(old: Snapshot, new: Snapshot, names: tuple[str, str], display_id: str | None) -> None:
    """Display what changed from `old` to `new`, which are called so, in place of what stands at `display_id`."""
    difference = Diff(_called(old, names[0]), _called(new, names[1]))
    headline, changes, rest = _headline(difference, names), _lines(difference), _rest(new)
    rows = [(signed(change.change_bytes), growth(change.old_bytes, change.new_bytes), change.frame, change.source, "") for change in changes]
    figures = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    text = [f"  {change:>{figures[0]}}  {share:>{figures[1]}}  {place}  {source}".rstrip() for change, share, place, source, _ in rows] or [
        "  No line's own memory changed by 50 KiB or more."
    ]
    html = (
        f"<p><b>{escape(headline)}</b></p>{table(rows) if rows else f'<p>{text[0].strip()}</p>'}"
        f"<p><small>{'<br>'.join(map(escape, rest))}</small></p>"
        f"{frame('What changed at the peak, as a flamegraph', difference.native)}"
    )
    put("\n".join([headline, *text, *rest]), html, display_id)
