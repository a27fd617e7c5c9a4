# SPDX-License-Identifier: Apache-2.0
"""The recording of one cell: start, stop, and its report."""

from __future__ import annotations

import json
from typing import Any

from filprofiler.jupyter.cells import as_cells, cells_of
from filprofiler.jupyter.lastkernel import Keeper
from filprofiler.jupyter.progress import Progress
from filprofiler.jupyter.threadpools import OneThread

import filprofiler
from filprofiler import _filext
from filprofiler.results import folder_path
from filprofiler.snapshots import Snapshot


class CellRecording:
    """From the cell's first statement to its end."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.pools = OneThread()
        self.keeper = Keeper()
        self.progress = Progress(shell)

    def begin(self) -> None:
        """Start. Raises RuntimeError when a recording is running already."""
        if _filext.is_recording():
            raise RuntimeError("a recording is already running: it was started by filprofiler.start()")
        self.pools.begin()
        try:
            self.keeper.begin(cells_of(self.shell))
            self.keeper.tell(_filext.start(folder_path(), self.keeper.recording))
            self.progress.begin()
        except BaseException:
            self.keeper.end()
            self.pools.end()
            raise

    def finish(self, error: BaseException | None) -> None:
        """Stop and display the report as one output; when the cell failed for lack of memory, that of the moment when it was short."""
        from filprofiler.jupyter.display import show

        self.progress.end()
        try:
            short = _filext.out_of_memory() if isinstance(error, MemoryError) else None
            snapshot = filprofiler.stop()
        finally:
            self.keeper.end()
            self.pools.end()
        if short is not None:
            snapshot = Snapshot(short)
        show(Snapshot(json.dumps(as_cells(json.loads(snapshot.profile), cells_of(self.shell))).encode()), self.progress.display_id)
