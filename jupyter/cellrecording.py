# SPDX-License-Identifier: Apache-2.0
"""The recording of one cell: start, stop, and its report."""

from __future__ import annotations

from filprofiler.jupyter.cells import Cells, Notebook
from filprofiler.jupyter.lastkernel import Keeper
from filprofiler.jupyter.options import OptionError, Options
from filprofiler.jupyter.progress import Progress
from filprofiler.jupyter.runs import Cell, Runs

from filprofiler import _filext
from filprofiler.ownership import from_options
from filprofiler.recordings import stop
from filprofiler.resultfolders import folder_path
from filprofiler.snapshots import Snapshot
from filprofiler.threadpools import OneThread


class CellRecording:
    """From the cell's first statement to its end. `runs`: those that there were before. `cell_id`:
    see runs.Cell."""

    def __init__(
        self,
        notebook: Notebook,
        runs: Runs,
        options: Options,
        source: str,
        cell_id: str | None,
    ) -> None:
        self.notebook = notebook
        self.runs = runs
        self.options = options
        self.source = source
        self.cell_id = cell_id
        self.pools = OneThread()
        self.keeper = Keeper()
        self.progress = Progress(notebook.shell)
        self.error: BaseException | None = None
        self.is_ours = False  # the recording that runs, if one does
        self.hides_source = options.no_source or _filext.hides_source()

    def begin(self) -> None:
        """Start. Raises RuntimeError when a recording is running already."""
        if _filext.is_recording():
            raise RuntimeError(
                "a recording is already running: it was started by filprofiler.start()"
            )
        self.is_ours = True
        try:
            self.pools.begin()
            self.keeper.begin(self._cells(None))
            kept = _filext.start(folder_path(), self.keeper.blackbox, self.hides_source, -1)
            self.keeper.tell(kept)
            self.progress.begin()
        except BaseException:
            self.abandon()
            raise

    def stop(self, error: BaseException | None) -> None:
        """Stop. `error`: what the cell raised."""
        self.error = error
        self.snapshot = self._stop(error)

    def show(self) -> None:
        """Display one output: the report, or what changed since another run."""
        snapshot = self.snapshot
        if self.error is None:
            cell = Cell(self.notebook.latest, self.cell_id, self.source)
            others = self._others(cell)
            self.runs.keep(cell, snapshot, self.options.name)
            if others is not None:
                from filprofiler.jupyter.comparison import show as show_comparison

                names = others[1], self.options.name or cell.number
                old = others[0].hiding(source=True) if self.hides_source else others[0]
                show_comparison(old, snapshot, names, None)
                return
        from filprofiler.jupyter.display import show

        show(snapshot)

    def _stop(self, error: BaseException | None) -> Snapshot:
        """Return the profile; when the cell failed for lack of memory, that of the moment when it
        was short."""
        try:
            self.progress.end()
            short = _filext.shortage() if isinstance(error, MemoryError) else None
            snapshot = stop()
        finally:  # an interrupt may come at any time
            self.abandon()
        shown = Snapshot(short) if short is not None else snapshot
        snapshot = Snapshot(shown.native.as_cells(self._cells(shown.native)))
        if self.hides_source:
            snapshot = snapshot.hiding(source=True)
        own = from_options(self.options.own)
        return snapshot.with_own(own) if own else snapshot

    def _cells(self, profile: _filext.Profile | None) -> Cells:
        """Return the notebook's cells, without their texts where no source is to be shown."""
        cells = self.notebook.cells(profile)
        if not self.hides_source:
            return cells
        return {file: (name, "", above) for file, (name, _, above) in cells.items()}

    def abandon(self) -> None:
        """Put everything back, and end the recording if it is still on."""
        try:
            self.progress.end()
            self.keeper.end()
        finally:
            try:
                self.pools.end()
            finally:
                if self.is_ours and _filext.is_recording():
                    _filext.stop()
                self.is_ours = False

    def _others(self, cell: Cell) -> tuple[Snapshot, str] | None:
        """Return the run to compare with, and what it is called; None if it isn't to be compared,
        or there is none."""
        wanted = self.options.compare
        if wanted is None:
            return None
        if wanted:
            try:
                return self.runs.find(wanted), wanted
            except OptionError as error:  # the cell itself removed the file
                print(f"%%filprofile: {error}")
                return None
        found = self.runs.previous(cell)
        if found is None:
            print(
                "%%filprofile: this is the cell's first run in this kernel; the next has something "
                "to be compared with"
            )
        return found
