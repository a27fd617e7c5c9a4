# SPDX-License-Identifier: Apache-2.0
"""Tables and trees on a terminal. The renderer is report/columns.c: on a terminal it keeps to the
width, and figures are never cut; in a pipe nothing is cut or coloured."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple, TextIO

from filprofiler import _filext
from filprofiler.calltree import CallTree
from filprofiler.folding import FOLD_FILE
from filprofiler.places import NO_STACK, short
from filprofiler.profiles import Profile
from filprofiler.sizes import mebibytes, percent
from filprofiler.snapshots import IMPORT_FILE, Frame, Snapshot
from filprofiler.tables import Row

LONGEST_CHAIN = 24  # frames of a chain of single calls that are shown whole
ELLIPSIS = "…"
FORMATS = ("text", "markdown", "json")


class Cell(NamedTuple):
    """A cell's text, and how it looks."""

    text: str
    style: str = ""


class Column(NamedTuple):
    """A column: `right` is where its figures stand; `begins`: what is too long is cut at its
    beginning, as paths are; `code`: a program's text, which Markdown shows as such."""

    title: str
    right: bool = False
    begins: bool = False
    code: bool = False


# What becomes narrower where there is no room, one after the other until all fits: (column, width),
# 0: it is left out.
Steps = Sequence[tuple[int, int]]


class Target(NamedTuple):
    """Where text goes, and how it looks there."""

    look: _filext.Look
    file: TextIO | None

    @property
    def is_markdown(self) -> bool:
        """Whether what is written is Markdown."""
        return self.look[0] == "markdown"

    def write(self, text: str) -> None:
        """Write text that looks as it should."""
        print(text, end="", file=self.file)

    def say(self, *parts: Cell) -> None:
        """Write a line."""
        end = "\n\n" if self.is_markdown else "\n"
        self.write("".join(_filext.styled(part, self.look) for part in parts) + end)

    def note(self, text: str) -> None:
        """Write a line that matters less, cut to the width."""
        if self.is_markdown:
            self.say(Cell(text))
        else:
            put(self, [Column("")], [[Cell(text, "dim")]], [(0, 1)])


def target(form: str = "text") -> Target:
    """Return stdout, which may be a terminal; `form`: markdown is neither cut nor coloured."""
    here = os.getcwd()
    if form == "markdown":
        return Target(("markdown", 0, False, here), sys.stdout)
    try:
        seen = _filext.look(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # something else stands in its place
        seen = ("text", 0, False, "")
    return Target((*seen[:3], here), sys.stdout)


def lines_of(
    columns: Sequence[Column], table: Sequence[Sequence[Cell]], look: _filext.Look, steps: Steps
) -> str:
    """Return the rows under the columns' titles, if these have any."""
    return _filext.columns(list(columns), [list(row) for row in table], list(steps), look)


def put(
    to: Target, columns: Sequence[Column], table: Sequence[Sequence[Cell]], steps: Steps
) -> None:
    """Print them."""
    to.write(lines_of(columns, table, to.look, steps))
    if to.is_markdown:
        to.write("\n")


def linked(path: str, to: Target) -> str:
    """Return the path, short where the reader is at a terminal, and as a link where that knows
    them."""
    here = to.look[3].rstrip("/") + "/"
    is_short = to.look[1] and path.startswith(here)
    return _filext.link(path, path.removeprefix(here) if is_short else path, to.look)


def heat(part: float, whole: float) -> str:
    """Return the style of a figure: what matters stands out."""
    share = part / whole if whole else 0
    return "bold red" if share >= 0.25 else "yellow" if share >= 0.05 else ""


def place(frame: Frame) -> str:
    """Return the frame's file and line, short."""
    if frame.file == IMPORT_FILE:
        return frame.function
    if frame.file.startswith("[") or not frame.file:
        return frame.file or "?"
    return f"{short(frame.file)}:{frame.line}" if frame.line else short(frame.file)


def function_name(frame: Frame) -> str:
    """Return the frame's function; "" for an import, and for memory without a Python stack."""
    return "" if frame.file in (NO_STACK, IMPORT_FILE) else frame.function


def title_of(snapshot: Profile) -> str:
    """Return what the figures are of: the words that the summary has, too."""
    if snapshot.is_at_end:
        return "In use now" if snapshot.goes_on else "Still in use at the end"
    return "Memory when it ran out" if snapshot.is_out_of_memory else "Peak memory"


def put_headline(to: Target, snapshot: Snapshot) -> None:
    """Print the reason, if there is one, how much, and of what."""
    to.write(snapshot.native.text("headline", to.look, True))


def put_table(to: Target, snapshot: Snapshot, by: str, found: list[Row], count: int) -> None:
    """Print the first rows of a table."""
    put_headline(to, snapshot)
    together = len(snapshot.native.answers(by))  # stands for all imports
    numbers = [together if row.number < 0 else row.number for row in found[:count]]
    to.write(snapshot.native.table(by, numbers, to.look))
    rest = found[count:]
    if to.is_markdown:
        to.write("\n")
    if any(row.number < 0 for row in found[:count]):
        to.note("all imports together are one line (--by import shows each)")
    if rest:
        held = sum(row.in_use_bytes for row in rest)
        to.note(f"and {len(rest):,} more, which hold {mebibytes(held)} (-n {len(found)} shows all)")
    put_untouched(to, snapshot)


def put_untouched(to: Target, snapshot: Snapshot) -> None:
    """Print how much was allocated but never used, as the summary does, where that is much."""
    to.write(snapshot.native.text("untouched", to.look, False))


class Branch(NamedTuple):
    """A node of the tree that is drawn: `depth` counts the forks above it. `left_out`: so many
    frames of a long chain stand here. `in_use_bytes`: of the total, as people read it."""

    node: int
    parent: int
    depth: int
    own_bytes: int
    total_bytes: int
    allocations: int
    frame: Frame
    untouched_bytes: int
    in_use_bytes: int


def branches(
    snapshot: Snapshot, min_percent: float, tree: CallTree, as_asked_for: bool = False
) -> tuple[list[Branch], int]:
    """Return the call tree in the order in which it is drawn, without what holds less than that of
    the peak, the largest first; and how many nodes were left out. What counts is in use;
    `as_asked_for`: all that was asked for."""
    asked, untouched, below = tree.totals(), tree.totals_untouched(), tree.children()
    as_read = list(map(snapshot.in_use_of, asked, untouched))
    totals, whole = (
        (asked, snapshot.peak_bytes) if as_asked_for else (as_read, snapshot.in_use_bytes)
    )
    least = whole * min_percent / 100
    found: list[Branch] = []
    waiting = [(0, 0, -1)]
    while waiting:
        node, depth, parent = waiting.pop()
        figures = tree.own[node], asked[node], tree.allocations[node]
        found.append(
            Branch(node, parent, depth, *figures, tree.frames[node], untouched[node], as_read[node])
        )
        inner = sorted(
            (child for child in below[node] if totals[child] >= max(least, 1)),
            key=lambda child: totals[child],
        )
        waiting.extend((child, depth + 1, len(found) - 1) for child in inner)
    return found, len(tree.frames) - len(found)


def tree_as_data(snapshot: Snapshot, found: list[Branch]) -> list[dict[str, object]]:
    """Return the nodes for `--json`; `parent` is an index in this list, -1 for the root."""
    return [
        {
            "parent": branch.parent, "depth": branch.depth, "file": branch.frame.file,
            "line": branch.frame.line,
            "function": branch.frame.function, "source": snapshot.source(branch.frame),
            "own_bytes": branch.own_bytes,
            "total_bytes": branch.total_bytes, "untouched_bytes": branch.untouched_bytes,
            "allocations": branch.allocations,
        }
        for branch in found
    ]  # fmt: skip


class Drawn(NamedTuple):
    """A line of the drawn tree: what leads to the call, the call (None: where frames of a long
    chain are left out), and how many equal frames, or frames left out, it stands for."""

    lead: str
    branch: Branch | None
    times: int


def chain_from(
    index: int, found: list[Branch], inner: list[list[int]]
) -> tuple[list[tuple[Branch | None, int]], int]:
    """Return the calls from this one on as long as there is just one below each, with how often
    each calls itself, and the last's index."""
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
    """Return the lines of the tree. A call that is the only one isn't indented: stacks are deep,
    terminals are narrow."""
    inner: list[list[int]] = [[] for _ in found]
    for index, branch in enumerate(found[1:], 1):
        inner[branch.parent].append(index)
    lines: list[Drawn] = []
    waiting = [(0, "", "")]  # index, what leads to it, what leads to those below
    while waiting:
        index, lead, under = waiting.pop()
        calls, last = chain_from(index, found, inner)
        for position, (call, times) in enumerate(calls):
            lines.append(Drawn(under if position else lead, call, times))
        for child in reversed(inner[last]):
            ends = child == inner[last][-1]
            waiting.append(
                (child, under + ("└─ " if ends else "├─ "), under + ("   " if ends else "│  "))
            )
    return lines


def called(branch: Branch, times: int) -> str:
    """Return what a line of the tree says of the call."""
    frame = branch.frame
    if branch.parent < 0:
        return "all"
    if frame.file in (FOLD_FILE, IMPORT_FILE):
        name = frame.function
    else:
        name = place(frame) if frame.file.startswith("[") else f"{frame.function}  {place(frame)}"
    return f"{name}  ({times:,} times)" if times > 1 else name


def put_tree(
    to: Target, snapshot: Snapshot, found: list[Branch], left_out: int, min_percent: float
) -> None:
    """Print the call tree, and how many nodes of less than that were left out of it."""
    whole = snapshot.in_use_bytes
    table = []
    for lead, branch, times in drawn(found):
        if branch is None:
            words = f"{lead}{ELLIPSIS} {times:,} frames {ELLIPSIS}"
            table.append([Cell(""), Cell(""), Cell(words, "dim"), Cell("")])
            continue
        style = heat(branch.in_use_bytes, whole)
        is_fold = branch.frame.file == FOLD_FILE
        table.append(
            [
                Cell(mebibytes(branch.in_use_bytes), style),
                Cell(percent(branch.in_use_bytes, whole), style),
                Cell(lead + called(branch, times), "dim" if is_fold else style),
                Cell(snapshot.source(branch.frame), "dim"),
            ]
        )
    put_headline(to, snapshot)
    columns = [Column("Holds", True), Column("Share", True), Column("Call"), Column("Source")]
    put(
        to,
        columns,
        table,
        [(3, 30), (2, 50), (3, 18), (2, 40), (3, 12), (3, 0), (2, 16), (1, 0), (2, 10)],
    )
    if any(branch.frame.file == FOLD_FILE for branch in found):
        to.note("frames of libraries are folded (--all shows them)")
    if left_out:
        to.note(f"left out: {left_out:,} of less than {min_percent:g} % (--min-percent)")
    put_untouched(to, snapshot)
