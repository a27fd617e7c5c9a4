# SPDX-License-Identifier: Apache-2.0
"""`fil-profile report`: the reports of a recording, of a process that died or that still runs, or of a saved profile."""

from __future__ import annotations

import os

from filprofiler.results import PARENT, RECORDING, make_folder
from filprofiler.snapshots import Snapshot

PROFILES = ("out-of-memory.json", "peak-memory.json")


class ReportError(Exception):
    """There is no report; the message says why, in one line."""


def _sources_in(folder: str) -> list[str]:
    """Give the files of a result folder that a report can be made of, the best first."""
    return [path for name in (RECORDING, *PROFILES) if os.path.isfile(path := os.path.join(folder, name))]


def find(path: str) -> str:
    """Give the recording or profile that is meant: a file itself, a result folder's, or that of the newest result folder in it."""
    if not os.path.exists(path):
        raise ReportError(f"There is no {path!r}")
    if not os.path.isdir(path):
        return path
    folders = [path, *sorted((entry.path for entry in os.scandir(path) if entry.is_dir()), reverse=True)]
    for folder in folders:
        if sources := _sources_in(folder):
            return sources[0]
    raise ReportError(f"There is no recording in {path!r}: neither {RECORDING} nor {' nor '.join(PROFILES)}, there or in a folder below")


def read(path: str) -> Snapshot:
    """Read a recording or a profile. Raises ReportError."""
    from filprofiler import _filext

    try:
        with open(path, "rb") as file:
            is_profile = file.read(1) == b"{"
        return Snapshot.load(path) if is_profile else Snapshot(_filext.read_recording(path)[0])
    except OSError as error:
        raise ReportError(f"Can't read {path!r}: {error.strerror}") from None
    except ValueError as error:
        raise ReportError(str(error)) from None


def load(path: str) -> Snapshot:
    """Read what `path` names. Raises ReportError."""
    return read(find(path))


def make(path: str, output_path: str | None) -> tuple[Snapshot, str]:
    """Write all reports of what `path` names. Gives the snapshot and the folder with the reports.

    They go into the result folder that the recording is in, if `path` is a folder, else into a new one in `output_path`.
    Raises ReportError.
    """
    source = find(path)
    snapshot = load(source)
    folder = os.path.dirname(source)
    try:
        if output_path is not None or not os.path.isdir(path):
            folder = make_folder(output_path or PARENT)
        snapshot.write_report(folder)
    except OSError as error:
        raise ReportError(f"Can't write the report to {folder!r}: {error.strerror}. Choose another folder with -o DIR") from None
    return snapshot, os.path.abspath(folder)
