# SPDX-License-Identifier: Apache-2.0
"""How `fil-profile live` looks: on a terminal a picture that is drawn again and again, in a pipe
lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Literal

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.text import Text

from filprofiler import terminal
from filprofiler.looks import Look
from filprofiler.places import shown
from filprofiler.sizes import duration, mebibytes, percent
from filprofiler.tables import imports_named
from filprofiler.terminal import Cell, Column, Steps, place

LEAST_SHOWN = 50 << 10  # bytes: as in the summary
BARS = " ▁▂▃▄▅▆▇█"
COLUMNS = [
    Column("", True), Column("", True), Column("", begins=True), Column(""), Column(""), Column(""),
]  # fmt: skip
STEPS: Steps = [
    (3, 14), (4, 24), (3, 0), (2, 24), (5, 12), (5, 0), (4, 12), (4, 0), (2, 8), (1, 0),
]  # fmt: skip


def import_cells(look: Look) -> list[list[Cell]]:
    """Return the line for all imports together, if they hold something."""
    held = sum(size for _, size in look.imports)
    if held < max(LEAST_SHOWN, look.whole_bytes / 100):
        return []
    name, named = imports_named(look.imports)
    style = terminal.heat(held, look.whole_bytes)
    figures = [Cell(mebibytes(held), style), Cell(percent(held, look.whole_bytes), style)]
    return [[*figures, Cell(name, "cyan"), Cell(""), Cell(named, "dim"), Cell("")]]


def cells(look: Look) -> list[list[Cell]]:
    """Return the lines that hold the most of the peak, and the imports."""
    lines = [
        [
            Cell(mebibytes(held), terminal.heat(held, look.whole_bytes)),
            Cell(percent(held, look.whole_bytes), terminal.heat(held, look.whole_bytes)),
            Cell(place(line.frame), "cyan"),
            Cell(line.frame.function),
            Cell(line.source),
            Cell(f"in {line.below}" if line.below else ""),
        ]
        for rank, line in enumerate(look.top)
        if (held := look.in_use_of(line)) >= LEAST_SHOWN or not rank
    ]
    return [*lines, *import_cells(look)]


def figures(look: Look) -> str:
    """Return the line above them."""
    now, peak = mebibytes(look.in_use_now), mebibytes(look.snapshot.in_use_bytes)
    return f"{duration(look.seconds)}  now {now}  peak {peak}"


def bars(history: list[int], width: int) -> str:
    """Return live memory over time as a row of bars, the latest at its right end; the highest is
    the most that was seen."""
    most = max(history, default=0) or 1
    return "".join(
        BARS[max(1, round(live / most * (len(BARS) - 1)))] if live > 0 else BARS[0]
        for live in history[-width:]
    )


class Picture:
    """All of it, at whatever width the terminal has."""

    def __init__(self, look: Look, history: list[int], command: str) -> None:
        self.look = look
        self.history = history
        self.command = command

    def __rich_console__(self, target: Console, options: ConsoleOptions) -> RenderResult:
        look = self.look
        head = Text(f"{duration(look.seconds)}  now ", no_wrap=True, overflow="ellipsis")
        head.append(mebibytes(look.in_use_now), "bold")
        head.append("  peak ")
        head.append(mebibytes(look.snapshot.in_use_bytes), "bold")
        head.append(f"  {look.pid} {self.command}", "dim")
        form = "colours" if target.color_system else "text"
        seen = (form, options.max_width, False, os.getcwd())
        lines = Text.from_ansi(
            terminal.lines_of(COLUMNS, cells(look), seen, STEPS), no_wrap=True, overflow="ignore"
        )
        yield Group(head, Text(bars(self.history, options.max_width), "green", no_wrap=True), lines)


def colours() -> Literal["auto"] | None:
    """Return what rich calls them; NO_COLOR is without bold, too."""
    return None if os.environ.get("NO_COLOR") else "auto"


def show(looks: Iterator[Look]) -> Look | None:
    """Show each look; return the last."""
    drawing = Console(
        file=sys.stdout, highlight=False, markup=False, emoji=False, color_system=colours()
    )
    last = None
    if not drawing.is_terminal or drawing.is_dumb_terminal:
        for last in looks:
            print(figures(last))
            terminal.put(terminal.target(), COLUMNS, cells(last), STEPS)
            sys.stdout.flush()
        return last
    history: list[int] = []
    with Live(
        console=drawing, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
    ) as drawn:
        for last in looks:
            history = [*history[-500:], last.in_use_now]
            command = shown(" ".join(last.snapshot.command[1:]))
            drawn.update(Picture(last, history, command), refresh=True)
    return last
