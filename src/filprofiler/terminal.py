# SPDX-License-Identifier: Apache-2.0
"""Tables and trees on a terminal. On one they keep to its width, and figures are never cut; in a pipe nothing is cut or coloured."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from filprofiler.calltree import CallTree
from filprofiler.folding import FOLD_FILE
from filprofiler.places import NOBODY, short, shown
from filprofiler.sizes import duration, mebibytes, percent
from filprofiler.snapshots import IMPORT_FILE, Frame, Snapshot
from filprofiler.tables import LINES, Row

PIPE_WIDTH = 100_000  # columns: nothing is cut
LONGEST_CHAIN = 24  # frames of a chain of single calls that are shown whole
ELLIPSIS = "…"


def console() -> Console:
    """Give the console of stdout, which knows whether it is a terminal, its width, NO_COLOR and FORCE_COLOR."""
    made = Console(
        file=sys.stdout,
        highlight=False,
        markup=False,
        emoji=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",  # without colours nothing is bold, either
    )
    if not made.is_terminal:
        made.width = PIPE_WIDTH
    return made


class Cell(NamedTuple):
    """A cell's text, and how it looks."""

    text: str
    style: str = ""


class Column(NamedTuple):
    """A column: `right` is where its figures stand; `begins`: what is too long is cut at its beginning, as paths are."""

    title: str
    right: bool = False
    begins: bool = False


# What becomes narrower where there is no room, one after the other until all fits: (column, width), 0: it is left out.
Steps = Sequence[tuple[int, int]]
# Two figures that stay, two that may go (the last first), the line, the function, the source.
LINE_STEPS = [(6, 40), (3, 0), (5, 20), (6, 24), (4, 24), (5, 10), (6, 14), (2, 0), (6, 0), (4, 18), (5, 0), (4, 8), (1, 0)]
# By own line: the source matters more than the function, and what was called from there comes last.
OWN_STEPS = [(5, 14), (6, 40), (5, 0), (4, 24), (6, 24), (7, 12), (7, 0), (6, 14), (4, 18), (6, 0), (4, 8), (1, 0)]


def cut(text: str, width: int, begins: bool = False) -> str:
    """Cut the text to the width, at its end or, for paths, at its beginning."""
    if cell_len(text) <= width:
        return text
    kept = ""
    for character in reversed(text) if begins else text:
        if cell_len(kept) + cell_len(character) > width - 1:
            break
        kept += character
    return ELLIPSIS + kept[::-1] if begins else kept + ELLIPSIS


def widths_of(columns: Sequence[Column], table: Sequence[Sequence[Cell]], room: int, steps: Steps) -> list[int]:
    """Give each column's width; 0: left out."""
    widths = []
    for i, column in enumerate(columns):
        widest = max((cell_len(row[i].text) for row in table), default=0)
        widths.append(max(widest, cell_len(column.title)) if widest else 0)
    for i, least in steps:
        excess = sum(widths) + 2 * (sum(width > 0 for width in widths) - 1) - room
        if excess > 0:
            widths[i] = max(min(widths[i], least), widths[i] - excess) if least else 0
    return widths


def lines_of(columns: Sequence[Column], table: Sequence[Sequence[Cell]], room: int, steps: Steps) -> list[Text]:
    """Give the rows under the columns' titles, if these have any."""
    widths = widths_of(columns, table, room, steps)
    titles = [Cell(column.title, "bold") for column in columns]
    lines = []
    for row in [titles, *table] if any(column.title for column in columns) else table:
        line = Text(no_wrap=True, overflow="ignore", end="\n")
        for column, width, cell in zip(columns, widths, row, strict=True):
            if width:
                text = cut(cell.text, width, column.begins)
                spare = " " * (width - cell_len(text))
                line.append("  " if line else "")
                line.append(spare if column.right else "")
                line.append(text, cell.style)
                line.append("" if column.right else spare)
        line.rstrip()
        lines.append(line)
    return lines


def put(target: Console, columns: Sequence[Column], table: Sequence[Sequence[Cell]], steps: Steps) -> None:
    """Print them."""
    for line in lines_of(columns, table, target.width, steps):
        target.print(line, no_wrap=True, crop=False, overflow="ignore", soft_wrap=True)


def heat(part: float, whole: float) -> str:
    """Give the style of a figure: what matters stands out."""
    share = part / whole if whole else 0
    return "bold red" if share >= 0.25 else "yellow" if share >= 0.05 else ""


def place(frame: Frame) -> str:
    """Give the frame's file and line, short."""
    if frame.file == IMPORT_FILE:
        return shown(frame.function)
    if frame.file.startswith("[") or not frame.file:
        return shown(frame.file or "?")
    return f"{shown(short(frame.file))}:{frame.line}" if frame.line else shown(short(frame.file))


def function_name(frame: Frame) -> str:
    """Return the frame's function; "" for an import, and for memory without a Python stack."""
    return "" if frame.file in (NOBODY, IMPORT_FILE) else shown(frame.function)


def title_of(snapshot: Snapshot) -> str:
    """Return what the figures are of: the words that the summary has, too."""
    if snapshot.is_at_end:
        return "In use now" if snapshot.goes_on else "Still in use at the end"
    return "Memory when it ran out" if snapshot.is_out_of_memory else "Peak memory"


def headline(snapshot: Snapshot) -> Text:
    """Give the line above everything: how much, of what."""
    data = snapshot.facts
    title = title_of(snapshot)
    text = Text(f"{title}: ", end="")
    text.append(mebibytes(snapshot.peak_bytes), "bold")
    when, seconds = data.get("peak_at_seconds"), data.get("seconds")
    if snapshot.is_at_end:
        text.append(f", of a peak of {mebibytes(snapshot.at_peak().peak_bytes)}")
    elif when is not None and seconds and not snapshot.is_out_of_memory:
        text.append(f", at {duration(when)} of {duration(seconds)}")
    command = " ".join(snapshot.command[1:])
    text.append(f"  {shown(command)}" if command else "", "dim")
    return text


def put_headline(target: Console, snapshot: Snapshot) -> None:
    """Print the reason, if there is one, and the headline."""
    if snapshot.reason:
        target.print(Text(shown(snapshot.reason), "yellow"))
    target.print(headline(snapshot), no_wrap=True, overflow="ellipsis", crop=target.is_terminal)


def put_table(target: Console, snapshot: Snapshot, by: str, found: list[Row], count: int) -> None:
    """Print the first rows of a table."""
    peak = snapshot.peak_bytes
    is_own = by == "own"
    columns = [Column("Held" if is_own else "Own", True), Column("Share", True), Column("Through", True), Column("Allocations", True)]
    steps: Steps = [(3, 0), (4, 24), (2, 0), (4, 8), (1, 0)]
    listed = found[:count]
    table = []
    for row in listed:
        figures = [
            Cell(mebibytes(row.own_bytes), heat(row.own_bytes, peak)),
            Cell(percent(row.own_bytes, peak), heat(row.own_bytes, peak)),
            Cell("" if is_own else mebibytes(row.through_bytes)),
            Cell("" if is_own else f"{row.allocations:,}"),
        ]
        table.append(figures + names_of(row, by))
    if by == "line":
        columns += [Column("Line", begins=True), Column("Function"), Column("Source")]
        steps = LINE_STEPS
    elif is_own:
        columns += [Column("Line", begins=True), Column("Function"), Column("Source"), Column("In")]
        steps = OWN_STEPS
    elif by == "function":
        columns += [Column("Function"), Column("File", begins=True)]
        steps = [(3, 0), (5, 24), (4, 24), (2, 0), (5, 0), (4, 8), (1, 0)]
    else:
        columns.append(Column(by.capitalize(), begins=by == "file"))
    put_headline(target, snapshot)
    put(target, columns, table, steps)
    if any(row.frame.file == IMPORT_FILE and "," in row.name for row in listed):
        target.print(Text("all imports together are one line (--by import shows each)", "dim"))
    rest = found[count:]
    if rest:
        held = sum(row.own_bytes for row in rest)
        target.print(Text(f"and {len(rest):,} more, which hold {mebibytes(held)} (-n {len(found)} shows all)", "dim"))


def names_of(row: Row, by: str) -> list[Cell]:
    """Give the cells behind a row's figures."""
    if by in LINES:
        cells = [
            Cell(place(row.frame), "cyan"),
            Cell(function_name(row.frame)),
            Cell(shown(row.source), "dim"),
        ]
        return cells if by == "line" else [*cells, Cell(shown(row.below))]
    if by == "function":
        return [Cell(shown(row.name), "cyan"), Cell("" if row.frame.file.startswith("[") else shown(short(row.frame.file)), "dim")]
    return [Cell(shown(short(row.name) if by == "file" else row.name), "cyan")]


class Branch(NamedTuple):
    """A node of the tree that is drawn: `depth` counts the forks above it. `left_out`: so many frames of a long chain stand here."""

    node: int
    parent: int
    depth: int
    own_bytes: int
    total_bytes: int
    allocations: int
    frame: Frame


def branches(snapshot: Snapshot, min_percent: float, tree: CallTree) -> tuple[list[Branch], int]:
    """Give the call tree in the order in which it is drawn, without what holds less than that of the peak. The largest come first.
    And how many nodes were left out."""
    totals, below = tree.totals(), tree.children()
    least = snapshot.peak_bytes * min_percent / 100
    found: list[Branch] = []
    waiting = [(0, 0, -1)]
    while waiting:
        node, depth, parent = waiting.pop()
        found.append(Branch(node, parent, depth, tree.own[node], totals[node], tree.allocations[node], tree.frames[node]))
        inner = sorted((child for child in below[node] if totals[child] >= max(least, 1)), key=lambda child: totals[child])
        waiting.extend((child, depth + 1, len(found) - 1) for child in inner)
    return found, len(tree.frames) - len(found)


def tree_as_data(snapshot: Snapshot, found: list[Branch]) -> list[dict[str, object]]:
    """Give the nodes for `--json`; `parent` is an index in this list, -1 for the root."""
    return [
        {
            "parent": branch.parent, "depth": branch.depth, "file": branch.frame.file, "line": branch.frame.line,
            "function": branch.frame.function, "source": snapshot.source(branch.frame), "own_bytes": branch.own_bytes,
            "total_bytes": branch.total_bytes, "allocations": branch.allocations,
        }
        for branch in found
    ]  # fmt: skip


class Drawn(NamedTuple):
    """A line of the drawn tree: what leads to the call, the call (None: where frames of a long chain are left out), and how many equal
    frames, or frames left out, it stands for."""

    lead: str
    branch: Branch | None
    times: int


def chain_from(index: int, found: list[Branch], inner: list[list[int]]) -> tuple[list[tuple[Branch | None, int]], int]:
    """Give the calls from this one on as long as there is just one below each, with how often each calls itself, and the last's index."""
    calls: list[tuple[Branch | None, int]] = [(found[index], 1)]
    while len(inner[index]) == 1:
        index = inner[index][0]
        branch, times = calls[-1]
        if branch and branch.frame == found[index].frame:
            calls[-1] = (branch, times + 1)
        else:
            calls.append((found[index], 1))
    edge = LONGEST_CHAIN // 2
    hidden = len(calls) - 2 * edge
    return ([*calls[:edge], (None, hidden), *calls[-edge:]] if hidden > 1 else calls), index


def drawn(found: list[Branch]) -> list[Drawn]:
    """Give the lines of the tree. A call that is the only one isn't indented: stacks are deep, terminals are narrow."""
    inner: list[list[int]] = [[] for _ in found]
    for index, branch in enumerate(found[1:], 1):
        inner[branch.parent].append(index)
    lines: list[Drawn] = []
    waiting = [(0, "", "")]  # index, what leads to it, what leads to those below
    while waiting:
        index, lead, under = waiting.pop()
        calls, last = chain_from(index, found, inner)
        for place_in_chain, (call, times) in enumerate(calls):
            lines.append(Drawn(under if place_in_chain else lead, call, times))
        for child in reversed(inner[last]):
            ends = child == inner[last][-1]
            waiting.append((child, under + ("└─ " if ends else "├─ "), under + ("   " if ends else "│  ")))
    return lines


def called(branch: Branch, times: int) -> str:
    """Give what a line of the tree says of the call."""
    frame = branch.frame
    if branch.parent < 0:
        return "all"
    if frame.file == FOLD_FILE or frame.file == IMPORT_FILE:
        name = shown(frame.function)
    else:
        name = place(frame) if frame.file.startswith("[") else f"{shown(frame.function)}  {place(frame)}"
    return f"{name}  ({times:,} times)" if times > 1 else name


def put_tree(target: Console, snapshot: Snapshot, found: list[Branch], left_out: int, min_percent: float) -> None:
    """Print the call tree, and how many nodes of less than that were left out of it."""
    peak = snapshot.peak_bytes
    table = []
    for lead, branch, times in drawn(found):
        if branch is None:
            table.append([Cell(""), Cell(""), Cell(f"{lead}{ELLIPSIS} {times:,} frames {ELLIPSIS}", "dim"), Cell("")])
            continue
        style = heat(branch.total_bytes, peak)
        is_fold = branch.frame.file == FOLD_FILE
        table.append(
            [
                Cell(mebibytes(branch.total_bytes), style),
                Cell(percent(branch.total_bytes, peak), style),
                Cell(lead + called(branch, times), "dim" if is_fold else style),
                Cell(shown(snapshot.source(branch.frame)), "dim"),
            ]
        )
    put_headline(target, snapshot)
    columns = [Column("Holds", True), Column("Share", True), Column("Call"), Column("Source")]
    put(target, columns, table, [(3, 30), (2, 50), (3, 18), (2, 40), (3, 12), (3, 0), (2, 16), (1, 0), (2, 10)])
    if any(branch.frame.file == FOLD_FILE for branch in found):
        target.print(Text("frames of libraries are folded (--all shows them)", "dim"))
    if left_out:
        target.print(Text(f"left out: {left_out:,} of less than {min_percent:g} % (--min-percent)", "dim"))
