# SPDX-License-Identifier: Apache-2.0
"""What a kernel that died leaves to the next: the recording of the cell that ran, and the report of
one that had to end for lack of memory.

The black box (filext/engine/blackbox.h) lies beside the kernel's connection file, which a restarted
kernel has again; a new kernel finds it by the notebook, or by the working directory. Beside it
stand the cells, whose sources die with the kernel otherwise."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

from filprofiler.jupyter.cells import Cell, Cells

from filprofiler import _filext
from filprofiler.resultfolders import PARENT
from filprofiler.snapshots import Snapshot

# "kernel-1.fil.cells" beside "kernel-1.fil": what ends in .json is taken for a connection file.
SUFFIX, CELLS_SUFFIX = ".fil", ".cells"
ENDING = "ended in the middle of the cell"
KEPT_SECONDS = 7 * 86400  # a dead kernel's recording that no cell asked for goes after a week


def _connection_file() -> Path | None:
    """Return this kernel's connection file; None in a shell that is no kernel."""
    try:
        from ipykernel.connect import get_connection_file
        from traitlets.config import MultipleInstanceError
    except ImportError:
        return None
    try:
        return Path(get_connection_file())
    except (RuntimeError, ValueError, OSError, MultipleInstanceError):  # IPython in a terminal
        return None


def _origin() -> dict[str, str]:
    """What a kernel and its successor have in common: the notebook, where the server tells it, else
    the working directory."""
    return {"notebook": os.environ.get("JPY_SESSION_NAME", ""), "folder": os.getcwd()}


class Keeper:
    """Keeps one cell's recording where the next kernel finds it. `blackbox`: the file's path, ""
    where none can be kept."""

    told = False  # once per kernel is enough

    def __init__(self) -> None:
        file = _connection_file()
        self.blackbox = str(file.with_suffix(SUFFIX)) if file else ""

    def begin(self, cells: Cells) -> None:
        """Make room for it, with the cells beside it."""
        if not self.blackbox:
            return
        try:
            Path(self.blackbox).unlink(missing_ok=True)
            Path(self.blackbox + CELLS_SUFFIX).write_text(json.dumps(_origin() | {"cells": cells}))
        except OSError:
            self.blackbox = ""  # nothing can be written there: the cell is recorded all the same

    def tell(self, why_not: str | None) -> None:
        """Say that the recording can't be kept, if so."""
        if why_not and not Keeper.told:
            Keeper.told = True
            print(
                "%%filprofile: if the kernel is killed there will be no report: can't keep the "
                f"recording in {self.blackbox}: {why_not}"
            )

    def end(self) -> None:
        """The cell has its report: the recording isn't needed."""
        if self.blackbox:
            _remove(Path(self.blackbox))


def _remove(blackbox: Path) -> None:
    for path in (blackbox, Path(f"{blackbox}{CELLS_SUFFIX}")):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _left_by(
    blackbox: Path, own: Path, origin: dict[str, str]
) -> tuple[_filext.Profile, dict[str, Any]] | None:
    """Return the profile and the cells of a dead kernel, if it was this notebook's; its files go.
    None for others'."""
    try:
        beside = json.loads(Path(f"{blackbox}{CELLS_SUFFIX}").read_text())
        profile, runs = _filext.read_blackbox(str(blackbox), ENDING)
        key = "notebook" if origin["notebook"] else "folder"
        mine = blackbox == own or beside[key] == origin[key]
        age = time.time() - _written_at(blackbox)
    except (OSError, ValueError, KeyError):
        if blackbox == own:
            _remove(blackbox)
        return None
    if runs:
        return None
    if mine or age > KEPT_SECONDS:
        _remove(blackbox)
    return (profile, beside["cells"]) if mine else None


def _written_at(blackbox: Path) -> float:
    """When it was, for sorting; 0 when another kernel has just removed it."""
    try:
        return blackbox.stat().st_mtime
    except OSError:
        return 0


def _show_recordings() -> None:
    """Show the newest recording of a kernel of this notebook that died in a cell."""
    from filprofiler.jupyter.display import show

    connection = _connection_file()
    if connection is None:
        return
    own = connection.with_suffix(SUFFIX)
    found = sorted(connection.parent.glob(f"*{SUFFIX}"), key=_written_at)
    left = [left for path in found if (left := _left_by(path, own, _origin()))]
    if not left:
        return
    profile, cells = left[-1]
    snapshot = Snapshot(profile.as_cells({file: Cell(*cell) for file, cell in cells.items()}))
    if not snapshot.reason:
        return  # it had made its report
    print("filprofiler: the last kernel died while a cell was recorded. What the cell held:")
    show(snapshot)


def _show_report() -> None:
    """Show, once, the report of a kernel that had to end for lack of memory: the last in this
    folder's results."""
    from filprofiler.jupyter.display import show

    reports = sorted(Path(PARENT).glob("*/out-of-memory.json"))
    if not reports:
        return
    marker = reports[-1].with_name(".shown")
    try:
        snapshot = Snapshot.load(reports[-1])
        if marker.exists() or not snapshot.of_a_kernel:
            return
        marker.touch()
    except (OSError, ValueError):
        return  # another user's, or no longer there
    print(
        "filprofiler: the last kernel ended for lack of memory. Its report, from "
        f"{reports[-1].parent}:"
    )
    show(snapshot)


def show_what_was_left() -> None:
    """Show what the last kernel of this notebook left, if it died."""
    _show_recordings()
    _show_report()
