# SPDX-License-Identifier: Apache-2.0
"""The report in a notebook: one output that needs no file, no server and no network.

Text and table stand outside the frame, so that they stay where a viewer removes frames and scripts.
"""

from __future__ import annotations

from html import escape

from filprofiler import _filext
from filprofiler.snapshots import Line, Snapshot

TOP_LINES = 5


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:,.1f} MiB"


def _share(line: Line, snapshot: Snapshot) -> str:
    return f"{100 * line.bytes / snapshot.peak_bytes:.1f} %" if snapshot.peak_bytes else "0 %"


def as_text(snapshot: Snapshot) -> str:
    """The report as plain text: the peak and the top lines."""
    rows = [f"Peak memory: {_mebibytes(snapshot.peak_bytes)}"]
    for line in snapshot.top_lines(TOP_LINES):
        rows.append(f"{_mebibytes(line.bytes):>14}  {_share(line, snapshot):>7}  {line.frame}  {line.source}".rstrip())
    return "\n".join(rows)


def as_html(snapshot: Snapshot) -> str:
    """The report as HTML: a summary line, a small table, and the whole page in a frame of its own."""
    cell = "padding:2px 14px 2px 0;text-align:{};white-space:nowrap"
    rows = "".join(
        f'<tr><td style="{cell.format("right")}">{_mebibytes(line.bytes)}</td>'
        f'<td style="{cell.format("right")}">{_share(line, snapshot)}</td>'
        f'<td style="{cell.format("left")}">{escape(str(line.frame))}</td>'
        f'<td style="{cell.format("left")}"><code>{escape(line.source)}</code></td></tr>'
        for line in snapshot.top_lines(TOP_LINES)
    )
    page = escape(_filext.render(snapshot.profile, "html-embed").decode())
    return (
        f"<p><b>Peak memory: {_mebibytes(snapshot.peak_bytes)}</b></p>"
        f"<table><tbody>{rows}</tbody></table>"
        f'<iframe title="Memory at the peak, as a flamegraph" srcdoc="{page}" sandbox="allow-scripts" '
        'style="width:100%;height:420px;border:0" loading="lazy"></iframe>'
    )


def show(snapshot: Snapshot) -> None:
    """Display the report as one output of the cell."""
    from IPython.display import display

    display({"text/plain": as_text(snapshot), "text/html": as_html(snapshot)}, raw=True)  # type: ignore[no-untyped-call]
