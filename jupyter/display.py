# SPDX-License-Identifier: Apache-2.0
"""The report in a notebook: one output that needs no file, no server and no network.

Text and table stand outside the frame, so that they stay where a viewer removes frames and scripts.
"""

from __future__ import annotations

import json
from html import escape

from filprofiler import _filext
from filprofiler.snapshots import Line, Snapshot

TOP_LINES = 5
LEAST_SHOWN = 50 << 10  # bytes: less would read "0.0 MiB"
SMALLEST_SHARE = 0.0005  # of the peak: the page draws nothing smaller
FRAME_HEIGHT, TOOLS_HEIGHT = 36, 218  # pixels, as in the page's styles
# The frame's colours are those of the notebook, where it says which it has: a sandboxed frame follows its element's colour scheme.
DARK = ('body[data-jp-theme-light="false"]', "body.vscode-dark", "html[theme=dark]")
LIGHT = ('body[data-jp-theme-light="true"]', "body.vscode-light")


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:,.1f} MiB"


def _share(line: Line, snapshot: Snapshot) -> str:
    return f"{100 * line.bytes / snapshot.peak_bytes:.1f} %" if snapshot.peak_bytes else "0 %"


def _top_lines(snapshot: Snapshot) -> list[Line]:
    lines = snapshot.top_lines(TOP_LINES)
    return [line for line in lines if line.bytes >= LEAST_SHOWN] or lines[:1]


def _height(snapshot: Snapshot) -> int:
    """Pixels that the page takes: a viewer's sandbox keeps it from telling its frame."""
    nodes = json.loads(snapshot.profile)["nodes"]
    totals = [node[3] for node in nodes]
    depths = [0] * len(nodes)
    for index in range(len(nodes) - 1, 0, -1):
        totals[nodes[index][0]] += totals[index]
    for index, node in enumerate(nodes[1:], 1):
        depths[index] = depths[node[0]] + 1
    least = snapshot.peak_bytes * SMALLEST_SHARE
    deepest = max((depth for depth, total in zip(depths, totals, strict=True) if total >= least), default=0)
    return min(max(TOOLS_HEIGHT + FRAME_HEIGHT * deepest, 160), 600)


def _theme() -> str:
    rules = (
        f"{','.join(f'{where} iframe.filprofiler' for where in places)}{{color-scheme:{name}}}"
        for name, places in (("dark", DARK), ("light", LIGHT))
    )
    return f"<style>{''.join(rules)}</style>"


def as_text(snapshot: Snapshot) -> str:
    """The report as plain text: the peak, the top lines, and the process's resident memory beside it."""
    return _filext.render(snapshot.profile, "summary").decode().rstrip()


def _around(snapshot: Snapshot) -> tuple[str, str]:
    """What stands above the lines that hold the most (why there is a report, the figure) and below them (mapped files, resident memory)."""
    lines = [line for line in as_text(snapshot).splitlines() if not line.startswith(" ")]
    above = 2 if snapshot.reason else 1
    return "<br>".join(map(escape, lines[:above])), "<br>".join(map(escape, lines[above:]))


def as_html(snapshot: Snapshot) -> str:
    """The report as HTML: a summary line, a small table, and the whole page in a frame of its own."""
    cell = "padding:2px 14px 2px 0;text-align:{};white-space:nowrap"
    rows = "".join(
        f'<tr><td style="{cell.format("right")}">{_mebibytes(line.bytes)}</td>'
        f'<td style="{cell.format("right")}">{_share(line, snapshot)}</td>'
        f'<td style="{cell.format("left")}">{escape(str(line.frame))}</td>'
        f'<td style="{cell.format("left")}"><code>{escape(line.source)}</code></td></tr>'
        for line in _top_lines(snapshot)
    )
    page = escape(_filext.render(snapshot.profile, "html-embed").decode())
    above, below = _around(snapshot)
    return (
        f"<p><b>{above}</b></p>"
        f"<table><tbody>{rows}</tbody></table>"
        f"<p><small>{below}</small></p>"
        f'{_theme()}<iframe class="filprofiler" title="Memory at the peak, as a flamegraph" srcdoc="{page}" sandbox="allow-scripts" '
        f'style="width:100%;height:{_height(snapshot)}px;border:0" loading="lazy"></iframe>'
    )


def show(snapshot: Snapshot, display_id: str | None = None) -> None:
    """Display the report as one output of the cell, in place of what stands at `display_id`."""
    from IPython.display import display

    data = {"text/plain": as_text(snapshot), "text/html": as_html(snapshot)}
    if display_id is None:
        display(data, raw=True)  # type: ignore[no-untyped-call]
    else:
        display(data, raw=True, display_id=display_id, update=True)  # type: ignore[no-untyped-call]
