# SPDX-License-Identifier: Apache-2.0
"""`fil-profile list`: the results in a folder, the newest first, each with those that were asked
for while its program ran."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from typing import Any, NamedTuple

from filprofiler.reportsources import ReportError, folders_in, read, sources_in
from filprofiler.resultfolders import BLACKBOX

INNER = "  "  # before a result of the same run
STEPS = [
    (4, 20), (3, 20), (5, 24), (2, 0), (4, 12), (5, 14), (3, 7), (4, 8), (3, 0), (5, 10), (4, 0),
]  # fmt: skip  # as diffview.STEPS


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


def _when(result: Result) -> str:
    """Return the time of the folder's name, as people write it; else that of the profile."""
    import time

    named = re.match(
        r"(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)", os.path.basename(os.path.abspath(result.folder))
    )
    if named:
        return f"{named[1]} {named[2]}:{named[3]}:{named[4]}"
    return (
        time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(result.taken)) if result.started else "?"
    )


def put(results: list[Result]) -> None:
    """Print them: on a terminal within its width, in a pipe uncut."""
    from filprofiler import terminal
    from filprofiler.sizes import duration, mebibytes
    from filprofiler.terminal import Cell, Column

    columns = [
        Column("When"),
        Column("Peak", True),
        Column("Ran", True),
        Column("Ended"),
        Column("Command"),
        Column("Folder", begins=True),
    ]
    rows = [
        [
            Cell((INNER if result.of_run else "") + _when(result)),
            Cell(mebibytes(result.in_use_bytes), "bold"),
            Cell(duration(result.seconds)),
            Cell(result.ended, "dim" if result.of_run or result.ended == "ended" else "yellow"),
            Cell(" ".join(result.command[1:]), "cyan"),
            Cell(result.folder, "dim"),
        ]
        for result in results
    ]
    terminal.put(terminal.target(), columns, rows, STEPS)
