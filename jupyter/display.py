# SPDX-License-Identifier: Apache-2.0
"""The report in a notebook: one output that needs no file, no server and no network.

Text and table stand outside the frame, so that they stay where a viewer removes frames and scripts.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from filprofiler import _filext
from filprofiler.sizes import mebibytes, percent
from filprofiler.snapshots import IMPORT_FILE, Frame, Snapshot

# Two figures, a place, its source, what was called from there.
Row = tuple[str, str, Frame, str, str]
OUTERMOST = "<module>"  # what Python calls the code of a file that is in no function
LEAST_DRAWN = 1 << 20  # bytes: less is said in text alone
SMALLEST_SHARE = 0.003  # of the peak: the page draws what is smaller as one box
# Pixels, as in the page's styles; in a narrow frame the tools take more lines.
ROOT_HEIGHT, FRAME_HEIGHT, TOOLS_HEIGHT = 22, 36, 156
NARROW, NARROW_TOOLS = 600, 120
# The frame's colours are those of the notebook, where it says which it has: a sandboxed frame
# follows its element's colour scheme.
DARK = ('body[data-jp-theme-light="false"]', "body.vscode-dark", "html[theme=dark]")
LIGHT = ('body[data-jp-theme-light="true"]', "body.vscode-light")


def _rows(snapshot: Snapshot) -> list[Row]:
    """The own lines, and all imports as one row: report/rows.c says which."""
    whole = snapshot.in_use_bytes
    rows = []
    for is_imports, function, line, held, note in snapshot.native.first():
        frame = Frame(IMPORT_FILE, 0, "imports") if is_imports else snapshot.frame(function, line)
        source = "" if is_imports else snapshot.source(frame)
        rows.append((mebibytes(held), percent(held, whole), frame, source, note))
    return rows


def _depth(profile: _filext.Profile) -> int:
    """Return how many rows of frames the page draws at first: of libraries and imports only the
    call, and what is too small as one box."""
    codes = {file: code for file, _, code in profile.paths()}
    is_own = [codes.get(file) == "own" for _, file, _ in profile.functions()]
    is_import = [file == IMPORT_FILE for _, file, _ in profile.functions()]
    nodes = profile.nodes(True)
    smallest = SMALLEST_SHARE * max(nodes[0][4], nodes[0][7])
    stands, depths = [0] * len(nodes), [0] * len(nodes)  # as what a node is drawn, in which row
    small: set[int] = set()
    for index, (parent, function, _, _, total, _, _, old_total, _) in enumerate(nodes[1:], 1):
        above = stands[parent]
        caller = nodes[above][1]
        is_inside = bool(above) and (is_import[caller] or not (is_own[function] or is_own[caller]))
        stands[index] = above if is_inside or above in small else index
        depths[index] = depths[above] + (stands[index] == index)
        if max(total, old_total) < smallest and stands[index] == index:
            small.add(index)
    return max(depths)


def _height(profile: _filext.Profile) -> int:
    """Return the pixels that the page takes: a viewer's sandbox keeps it from telling its frame."""
    return min(TOOLS_HEIGHT + ROOT_HEIGHT + FRAME_HEIGHT * max(_depth(profile), 1), 600)


def _style() -> str:
    """Return the frame's colours, and its height where the page's tools need more lines."""
    rules = [
        f"{','.join(f'{each} iframe.filprofiler' for each in selectors)}{{color-scheme:{name}}}"
        for name, selectors in (("dark", DARK), ("light", LIGHT))
    ]
    taller = f"height:calc(var(--height) + {NARROW_TOOLS}px)!important"
    rules.append(f"@container (max-width:{NARROW}px){{iframe.filprofiler{{{taller}}}}}")
    return f"<style>{''.join(rules)}</style>"


def as_text(snapshot: Snapshot) -> str:
    """The report as plain text: the peak, the top lines, and the process's resident memory beside
    it."""
    return snapshot.native.render("summary").decode().rstrip()


def _lines(snapshot: Snapshot, form: str) -> list[str]:
    return snapshot.native.render(form).decode().splitlines()


def account(snapshot: Snapshot) -> list[str]:
    """Return what stands below the lines that hold the most: mapped files, resident memory."""
    return _lines(snapshot, "account")


def _place(frame: Frame) -> str:
    """Return the frame with the page's name of its file: long ones push the source out of sight.
    Of a line outside of functions there is nothing to say but where it is."""
    if frame.file == IMPORT_FILE:
        return str(frame)
    short = str(frame._replace(file="/".join(frame.file.split("/")[-2:])))
    return short.removesuffix(f" ({OUTERMOST})")


# Where there is no room a source line ends in "…", so that what was called from there stays in
# sight; only when nothing of the source is left, the words behind it end so.
CELL = "padding:2px 14px 2px 0;white-space:nowrap;text-align:"
REST = "display:flex;gap:14px"
CUT = "min-width:0;overflow:hidden;text-overflow:ellipsis"
SOURCE = f"background:none;padding:0;white-space:pre;flex:0 99999 auto;{CUT}"


def _row(figure: str, share: str, frame: Frame, source: str, below: str) -> str:
    code = f'<code style="{SOURCE}" title="{escape(source)}">{escape(source)}</code> '
    called = f'<span style="flex:0 1 auto;{CUT}" title="{escape(below)}">{escape(below)}</span>'
    return (
        f'<tr><td style="{CELL}right">{figure}</td><td style="{CELL}right">{share}</td>'
        f'<td style="{CELL}left" title="{escape(frame.file)}">{escape(_place(frame))}</td>'
        f'<td style="{CELL}left;width:100%;max-width:0"><span style="{REST}">'
        f"{code if source else ''}{called if below else ''}</span></td></tr>"
    )


def table(rows: Iterable[Row]) -> str:
    """Return a table: two figures, a place, its source and what was called from there a row."""
    body = "".join(_row(*row) for row in rows)
    return f'<table style="width:100%;table-layout:auto"><tbody>{body}</tbody></table>'


def frame(title: str, profile: _filext.Profile) -> str:
    """Return the profile's page in a frame of its own."""
    page = profile.render("html-embed").decode()
    return (
        f'{_style()}<div style="container-type:inline-size"><iframe class="filprofiler" '
        f'title="{title}" srcdoc="{escape(page)}" sandbox="allow-scripts" loading="lazy" '
        f'style="--height:{_height(profile)}px;width:100%;height:var(--height);border:0">'
        "</iframe></div>"
    )


def as_html(snapshot: Snapshot) -> str:
    """Return the report as HTML: a heading, a small table, what the cell keeps, notes, and the
    whole page in a frame. A small cell has no frame: there is nothing to look into."""
    above = "<br>".join(map(escape, _lines(snapshot, "headline")))
    lines = [escape(line) for form in ("end", "notes") for line in _lines(snapshot, form)]
    below = f'<p style="white-space:pre-wrap">{"<br>".join(lines)}</p>' if lines else ""
    text = f"<p><b>{above}</b></p>{table(_rows(snapshot))}{below}"
    if snapshot.in_use_bytes < LEAST_DRAWN and not snapshot.reason:
        return text
    return text + frame("Memory at the peak, as a flamegraph", snapshot.native)


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
