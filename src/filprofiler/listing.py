# SPDX-License-Identifier: Apache-2.0
"""`fil-profile list`: the results in a folder, the newest first, each with those that were asked
for while its program ran."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from filprofiler.reportsources import ReportError, folders_in, read, sources_in
from filprofiler.resultfolders import BLACKBOX

if TYPE_CHECKING:
    from filprofiler.terminal import Cell

INNER = "  "  # before a result of the same run
# As diffview.STEPS; where the folder has no room beside the rest, those of the line above it.
STEPS = [(4, 20), (3, 20), (5, 24)]
STEPS_ABOVE = [(4, 24), (2, 0), (4, 10), (3, 16), (3, 7), (4, 7), (3, 0)]


class Result(NamedTuple):
    """A result folder. `ended`: how the program ended, in a few words. `of_run`: the folder of the
    run that it was asked for in. `in_use_bytes`: of the peak, as people read it."""

    folder: str
    started: float
    seconds: float
    peak_bytes: int
    untouched_bytes: int
    in_use_bytes: int
    command: list[str]
    pid: int
    ended: str
    reason: str | None
    of_run: str | None

    @property
    def taken(self) -> float:
        """When it was, as Unix time in seconds."""
        return self.started + self.seconds


def _how_it_died(reason: dict[str, Any]) -> str:
    """Return how the program ended that left its report to others."""
    end, number = reason.get("end"), reason.get("number", 0)
    if end == "signal":
        known = number in set(signal.Signals)
        name = signal.Signals(number).name if known else f"signal {number}"
        return "interrupted (Ctrl-C)" if name == "SIGINT" else f"killed ({name})"
    words = {"exit": f"ended with exit code {number}", "exec": "became another one"}
    return words.get(str(end), "killed, or ended by os._exit")


def _how_it_ended(source: str, reason: dict[str, Any] | None) -> str:
    """Return how the program ended, as far as its result tells."""
    name, kind = os.path.basename(source), reason["kind"] if reason else None
    if name == BLACKBOX:
        return "runs" if kind == "running" else "ended without a report"
    if name.startswith("out-of-memory"):
        return "out of memory"
    if reason is None:
        return "ended"
    if kind == "running":
        return "ran on"
    return _how_it_died(reason) if kind == "ended" else str(reason["text"]).partition(";")[0]


def _result_in(folder: str, of_run: str | None) -> Result | None:
    """Return the result in the folder; None where there is none that can be read."""
    for source in sources_in(folder):
        try:
            snapshot = read(source)
        except ReportError:
            continue
        data, reason = snapshot.facts, snapshot.reason
        ended = "of the same run" if of_run else _how_it_ended(source, data.get("reason"))
        started, seconds = float(data.get("started", 0)), float(data.get("seconds", 0))
        command, pid = list(data["command"]), int(data.get("pid", 0))
        sizes = snapshot.peak_bytes, snapshot.untouched_bytes, snapshot.in_use_bytes
        return Result(folder, started, seconds, *sizes, command, pid, ended, reason, of_run)
    return None


def _is_of(result: Result, run: Result) -> bool:
    return result.pid == run.pid and abs(result.started - run.started) < 0.001


def results_in(parent: str) -> Iterator[Result]:
    """Return the results in a folder, the newest first, behind each run those of the same run.
    Raises ReportError."""
    try:
        folders = [parent] if sources_in(parent) else folders_in(parent)
        for folder in folders:
            run = _result_in(folder, None)
            if run:
                yield run
            yield from _asked_for(folder, run)
    except OSError as error:
        raise ReportError(f"Can't read {parent!r}: {error.strerror}") from None


def _asked_for(folder: str, run: Result | None) -> Iterator[Result]:
    """Return the results in a run's folder. Those of a program that left none itself are all of one
    run, too."""
    for inner in folders_in(folder):
        result = _result_in(inner, folder)
        if result and (run is None or _is_of(result, run)):
            yield result


def as_data(results: list[Result]) -> list[dict[str, Any]]:
    """Return them for `--json`."""
    return [
        {
            "folder": result.folder, "taken": result.taken, "started": result.started,
            "seconds": result.seconds,
            "peak_bytes": result.peak_bytes, "untouched_bytes": result.untouched_bytes,
            "command": result.command, "pid": result.pid, "ended": result.ended,
            "reason": result.reason, "of_run": result.of_run,
        }
        for result in results
    ]  # fmt: skip


def _when(result: Result, with_seconds: bool) -> str:
    """Return the time of the folder's name, as people write it; else that of the profile."""
    import time

    named = re.match(
        r"(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)", os.path.basename(os.path.abspath(result.folder))
    )
    if named:
        return f"{named[1]} {named[2]}:{named[3]}" + (f":{named[4]}" if with_seconds else "")
    form = "%Y-%m-%d %H:%M:%S" if with_seconds else "%Y-%m-%d %H:%M"
    return time.strftime(form, time.localtime(result.taken)) if result.started else "?"


def _row(result: Result, with_seconds: bool) -> list[Cell]:
    from filprofiler.sizes import duration, mebibytes
    from filprofiler.terminal import Cell

    return [
        Cell((INNER if result.of_run else "") + _when(result, with_seconds)),
        Cell(mebibytes(result.in_use_bytes), "bold"),
        Cell(duration(result.seconds)),
        Cell(result.ended, "dim" if result.of_run or result.ended == "ended" else "yellow"),
        Cell(" ".join(result.command[1:]), "cyan"),
        Cell(result.folder, "dim"),
    ]


def put(results: list[Result]) -> None:
    """Print them: in a pipe uncut, on a terminal within its width. No folder is cut, since it is
    what one copies: where there is no room for it, it stands below the rest."""
    from filprofiler import terminal
    from filprofiler.terminal import Cell, Column

    names = ("When", "Peak", "Ran", "Ended", "Command", "Folder")
    columns = [Column(name, right=name in ("Peak", "Ran")) for name in names]
    to, rows = terminal.target(), [_row(result, True) for result in results]
    text = terminal.lines_of(columns, rows, to.look, STEPS)
    lines = text.splitlines()[1:]
    if not to.look[1] or all(row[-1].text in line for row, line in zip(rows, lines, strict=True)):
        to.write(text)
        return
    above = [_row(result, False)[:-1] for result in results]
    title, *lines = terminal.lines_of(columns[:-1], above, to.look, STEPS_ABOVE).splitlines()
    to.write(f"{title}\n")
    for result, line, row in zip(results, lines, rows, strict=True):
        to.write(f"{line}\n")
        to.say(Cell(INNER * (2 if result.of_run else 1)), row[-1])
