# SPDX-License-Identifier: Apache-2.0
"""The report in a notebook: one output that needs no file, no server and no network.

Text and table stand outside the frame, so that they stay where a viewer removes frames and scripts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from filprofiler import _filext
from filprofiler.calltree import sums
from filprofiler.sizes import mebibytes, percent
from filprofiler.snapshots import Frame, Line, Snapshot

TOP_LINES = 5
LEAST_SHOWN = 50 << 10  # bytes: less would read "0.0 MiB"
SMALLEST_SHARE = 0.0005  # of the peak: the page draws nothing smaller
FRAME_HEIGHT, TOOLS_HEIGHT = 36, 240  # pixels, as in the page's styles
# The frame's colours are those of the notebook, where it says which it has: a sandboxed frame follows its element's colour scheme.
DARK = ('body[data-jp-theme-light="false"]', "body.vscode-dark", "html[theme=dark]")
LIGHT = ('body[data-jp-theme-light="true"]', "body.vscode-light")


def _top_lines(snapshot: Snapshot) -> list[Line]:
    lines = snapshot.top_lines(TOP_LINES)
    return [line for line in lines if line.bytes >= LEAST_SHOWN] or lines[:1]


def _totals(profile: dict[str, Any]) -> list[int]:
    """Give the bytes of each node and all below it; of a difference the larger of both."""
    nodes = profile["nodes"]
    if profile["kind"] == "diff":
        return [max(node[5], node[7]) for node in nodes]
    return sums([node[0] for node in nodes], [node[3] for node in nodes])


def _height(profile: dict[str, Any]) -> int:
    """Pixels that the page takes: a viewer's sandbox keeps it from telling its frame."""
    totals = _totals(profile)
    depths = [0] * len(totals)
    for index, node in enumerate(profile["nodes"][1:], 1):
        depths[index] = depths[node[0]] + 1
    deepest = max((depth for depth, total in zip(depths, totals, strict=True) if total >= totals[0] * SMALLEST_SHARE), default=0)
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
    every = as_text(snapshot).splitlines()
    lines = [line for line in every if not line.startswith(" ")]
    first = 2 if snapshot.reason else 1
    above = next((index for index, line in enumerate(every) if line.startswith(" ")), first)  # the figure, large children
    return "<br>".join(map(escape, lines[:above])), "<br>".join(map(escape, lines[above:]))


def table(rows: Iterable[tuple[str, str, Frame, str]]) -> str:
    """Give two figures, place and source a row."""
    cell = "padding:2px 14px 2px 0;text-align:{};white-space:nowrap"
    body = "".join(
        f'<tr><td style="{cell.format("right")}">{figure}</td>'
        f'<td style="{cell.format("right")}">{share}</td>'
        f'<td style="{cell.format("left")}">{escape(str(frame))}</td>'
        f'<td style="{cell.format("left")}"><code>{escape(source)}</code></td></tr>'
        for figure, share, frame, source in rows
    )
    return f"<table><tbody>{body}</tbody></table>"


def frame(title: str, page: bytes, profile: bytes) -> str:
    """Give the page in a frame of its own. `profile`: what it shows."""
    return (
        f'{_theme()}<iframe class="filprofiler" title="{title}" srcdoc="{escape(page.decode())}" sandbox="allow-scripts" '
        f'style="width:100%;height:{_height(json.loads(profile))}px;border:0" loading="lazy"></iframe>'
    )


def as_html(snapshot: Snapshot) -> str:
    """The report as HTML: a summary line, a small table, and the whole page in a frame of its own."""
    rows = ((mebibytes(line.bytes), percent(line.bytes, snapshot.peak_bytes), line.frame, line.source) for line in _top_lines(snapshot))
    above, below = _around(snapshot)
    page = _filext.render(snapshot.profile, "html-embed")
    return (
        f"<p><b>{above}</b></p>{table(rows)}<p><small>{below}</small></p>{frame('Memory at the peak, as a flamegraph', page, snapshot.profile)}"
    )


def put(text: str, html: str, display_id: str | None) -> None:
    """Display one output of the cell, in place of what stands at `display_id`."""
    from IPython.display import display

    data = {"text/plain": text, "text/html": html}
    if display_id is None:
        display(data, raw=True)  # type: ignore[no-untyped-call]
    else:
        display(data, raw=True, display_id=display_id, update=True)  # type: ignore[no-untyped-call]


def show(snapshot: Snapshot, display_id: str | None = None) -> None:
    """Display the report as one output of the cell, in place of what stands at `display_id`."""
    put(as_text(snapshot), as_html(snapshot), display_id)
