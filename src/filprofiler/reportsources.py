# SPDX-License-Identifier: Apache-2.0
"""`fil-profile report`: the reports of a recording, of a process that died or that still runs, or
of a saved profile."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from filprofiler.resultfolders import BLACKBOX, PARENT, make_folder
from filprofiler.snapshots import Snapshot

STEMS = ("out-of-memory", "peak-memory")
PROFILES = tuple(f"{stem}.json" for stem in STEMS)


class ReportError(Exception):
    """There is no report; the message says why, in one line."""


def is_begun(blackbox: str) -> bool:
    """Whether anything was recorded into the black box: it is zeros until the program begins."""
    try:
        with open(blackbox, "rb") as file:
            return any(file.read(8))
    except OSError:
        return True  # there is one, and who reads it says why that can't be done


def sources_in(folder: str) -> list[str]:
    """Return the files of a result folder that a report can be made of, the best first."""
    found = [
        path for name in (BLACKBOX, *PROFILES) if os.path.isfile(path := os.path.join(folder, name))
    ]
    return [path for path in found if os.path.basename(path) != BLACKBOX or is_begun(path)]


def folders_in(folder: str) -> list[str]:
    """Return the folders in a folder, the newest result first."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_dir()]
    return [os.path.join(folder, name) for name in sorted(names, key=age_of, reverse=True)]


FOLDER = re.compile(r"(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d_\d+)(?:-(.*?))??(?:-(\d+))?", flags=re.S)


def age_of(name: str) -> tuple[str, int, str]:
    """Return what results are sorted by: the time with which their name begins, and the number at
    its end, where another one of that time was there already."""
    named = FOLDER.fullmatch(name)
    return (named[1], int(named[3] or 0), name) if named else (name, 0, name)


def program_of(folder: str) -> str:
    """Return the program's name in that of its result folder; "" where it has none."""
    named = FOLDER.fullmatch(os.path.basename(os.path.abspath(folder)))
    return named[2] or "" if named else ""


def _stem(path: str) -> str | None:
    """Return what the profile beside a file that shows it is called; None for other files."""
    name = os.path.basename(path)
    return next(
        (stem for stem in STEMS if name in (f"{stem}.prof", f"{stem}.svg", f"{stem}-reversed.svg")),
        None,
    )


def is_a_reports(path: str) -> bool:
    """Whether the file is one of those that a report is made of."""
    return os.path.basename(path) in ("index.html", *PROFILES) or _stem(path) is not None


def _shown_by(path: str) -> str:
    """Return the profile that a file of a report shows, which lies beside it; for other files the
    file itself. Raises ReportError."""
    folder, name = os.path.split(path)
    stem = _stem(path)
    if not stem and name != "index.html":
        return path
    found = [
        source
        for source in sources_in(folder)
        if not stem or os.path.basename(source) == f"{stem}.json"
    ]
    if not found:
        names = f"{stem}.json" if stem else " or ".join(PROFILES)
        raise ReportError(f"{path!r} shows a profile that isn't beside it any more: {names}")
    return found[0]


def find(path: str) -> str:
    """Return the black box or profile that is meant: a file itself or the one that it shows, a
    result folder's, or that of the newest result folder in it; of a run that has none the newest
    that was asked for while it ran."""
    if not os.path.exists(path):
        raise ReportError(f"There is no {path!r}")
    if not os.path.isdir(path):
        return _shown_by(path)
    try:
        for folder in (path, *folders_in(path)):
            inner = [] if folder == path else folders_in(folder)
            for result in (folder, *inner):
                if sources := sources_in(result):
                    return sources[0]
    except OSError as error:
        raise ReportError(f"Can't read {path!r}: {error.strerror}") from None
    raise ReportError(
        f"There is no recording in {path!r}: neither {BLACKBOX} nor {' nor '.join(PROFILES)}, "
        "there or in a folder below"
    )


def read(path: str) -> Snapshot:
    """Read a black box or a profile. Raises ReportError."""
    from filprofiler import _filext

    try:
        with open(path, "rb") as file:
            is_profile = file.read(1) == b"{"
        return Snapshot.load(path) if is_profile else Snapshot(_filext.read_blackbox(path)[0])
    except OSError as error:
        raise ReportError(f"Can't read {path!r}: {error.strerror}") from None
    except ValueError as error:
        raise ReportError(str(error)) from None


def load(path: str) -> Snapshot:
    """Read what `path` names. Raises ReportError."""
    return read(find(path))


def page_of(path: str) -> str:
    """Return the page of the result that `path` names. Raises ReportError where none was
    written."""
    if not os.path.isdir(path) and os.path.basename(path) == "index.html" and os.path.isfile(path):
        return os.path.abspath(path)
    folder = os.path.dirname(find(path)) or "."
    page = os.path.join(folder, "index.html")
    if not os.path.isfile(page):
        raise ReportError(
            f"There is no report in {folder!r} yet: fil-profile report {folder} makes it"
        )
    return os.path.abspath(page)


def _write_others(folder: str, but: str, seen: Callable[[Snapshot], Snapshot]) -> None:
    """Write the other reports in a result folder again, those that were asked for in it, too.
    Raises ReportError, OSError."""
    for result in (*folders_in(folder), folder):
        for source in reversed(sources_in(result)):
            if source != but and os.path.basename(source) != BLACKBOX:
                seen(load(source)).write_report(result)


def _remove_blackbox(blackbox: str) -> None:
    """Remove the black box of a program that has ended; of one that runs, say that it stays.
    Raises OSError."""
    from filprofiler import _filext
    from filprofiler.console import say

    if _filext.read_blackbox(blackbox)[1]:
        say(f"The program runs: its recording stays as it is, with all that it has: {blackbox}")
    else:
        os.unlink(blackbox)


def make(
    path: str, output_path: str | None, seen: Callable[[Snapshot], Snapshot], hides: bool = False
) -> tuple[Snapshot, str]:
    """Write all reports of what `path` names. Returns the snapshot and the folder with the reports.

    They go into the result folder that the recording is in, if `path` is a folder, else into a new
    one in `output_path`. `hides`: something is to be in no file of that result folder: `seen`
    leaves it out. Raises ReportError."""
    source = find(path)
    snapshot = seen(load(source))
    folder = os.path.dirname(source)
    try:
        if output_path is not None or not os.path.isdir(path):
            folder = make_folder(output_path or PARENT, program_of(folder))
        elif hides:
            _write_others(folder, source, seen)
        snapshot.write_report(folder)
        if hides and os.path.dirname(source) == folder and os.path.basename(source) == BLACKBOX:
            _remove_blackbox(source)
    except OSError as error:
        raise ReportError(
            f"Can't write the report to {folder!r}: {error.strerror}. Choose another folder with "
            "-o DIR"
        ) from None
    return snapshot, os.path.abspath(folder)
