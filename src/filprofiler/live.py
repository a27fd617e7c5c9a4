# SPDX-License-Identifier: Apache-2.0
"""`fil-profile live`: follows a program that runs, through the file in which its recording is kept.
The program isn't stopped or asked."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from filprofiler.looks import PATIENCE, Look, as_line, looks
from filprofiler.reportsources import PROFILES, ReportError, folders_in, is_a_reports
from filprofiler.resultfolders import BLACKBOX
from filprofiler.snapshots import Snapshot


def exists(pid: int) -> bool:
    """Whether there is such a process, that isn't dead."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1] not in (b"Z", b"X", b"")
    except OSError:
        return False


def blackbox_of(pid: int) -> str | None:
    """Return the black box in which the process keeps its recording, None where it keeps none.
    Raises ReportError."""
    try:
        with open(f"/proc/{pid}/maps", "rb") as file:
            paths = [
                os.fsdecode(line.rstrip(b"\n").split(maxsplit=5)[5])
                for line in file
                if line.count(b"/")
            ]
    except FileNotFoundError:
        raise ReportError(f"There is no process {pid}") from None
    except OSError as error:
        raise ReportError(f"Can't look at process {pid}: {error.strerror}") from None
    return next((path for path in paths if path.endswith(".fil") and os.path.isfile(path)), None)


def blackbox_in(folder: str) -> str | None:
    """Return the black box in a result folder, or that of the newest of them; a file is one itself.
    Raises ReportError."""
    if not os.path.exists(folder):
        raise ReportError(f"There is no {folder!r}")
    if is_a_reports(folder):
        folder = os.path.dirname(folder) or "."
    if not os.path.isdir(folder):
        return folder
    folders = (folder, *folders_in(folder))
    return next(
        (path for one in folders if os.path.isfile(path := os.path.join(one, BLACKBOX))), None
    )


def find(target: str) -> str:
    """Return the black box to be followed. Waits for one that is about to begin. Raises
    ReportError."""
    is_process = target.isascii() and target.isdigit() and not os.path.exists(target)
    until = time.monotonic() + (PATIENCE if is_process else 0)
    while True:
        path = blackbox_of(int(target)) if is_process else blackbox_in(target)
        if path:
            return os.path.abspath(path)
        if time.monotonic() >= until:
            break
        time.sleep(0.1)
    if is_process:
        raise ReportError(
            f"Process {target} keeps no recording: it wasn't started by fil-profile run, or "
            "records nothing now"
        )
    raise ReportError(f"No program runs that records into {target!r}")


def report_in(folder: str) -> Snapshot | None:
    """Return the profile of the report in the folder, where there is one."""
    for name in PROFILES:
        try:
            return Snapshot.load(os.path.join(folder, name))
        except (OSError, ValueError):
            continue
    return None


def ending(path: str, last: Look | None) -> str:
    """Return the line at the end: what is left of the program. Waits a moment for its report."""
    from filprofiler.sizes import duration, mebibytes

    folder = os.path.dirname(path)
    until = time.monotonic() + PATIENCE
    while (report := report_in(folder)) is None and time.monotonic() < until:
        time.sleep(0.1)
    said = f"Process {last.pid} ended" if last else "The program ended"
    snapshot = report or (last.snapshot if last else None)
    if snapshot:
        figures = (
            f"peak {mebibytes(snapshot.in_use_bytes)} in "
            f"{duration(snapshot.facts.get('seconds', 0))}"
        )
        said += f"; {figures}" if report else f"; when last seen: {figures}"
    page = os.path.join(folder, "index.html")
    if report:
        return f"{said}; its report is {page if os.path.isfile(page) else folder}"
    if os.path.isfile(path):
        return f"{said}; fil-profile report {folder} makes its report"
    return f"{said}, and left no report"


def follow(
    target: str, as_json: bool, seen_as: Callable[[Snapshot], Snapshot], now: bool = False
) -> int:
    """Follow the program to its end. `now` is as in `looks`. Returns the exit code. Raises
    ReportError."""
    path = find(target)
    try:
        if as_json:
            for look in looks(path, seen_as, now):
                print(as_line(look), flush=True)
            return 0
        from filprofiler import liveview

        last = liveview.show(looks(path, seen_as, now))
        print(ending(path, last), flush=True)
    except KeyboardInterrupt:
        return 130
    return 0
