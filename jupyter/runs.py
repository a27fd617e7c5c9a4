# SPDX-License-Identifier: Apache-2.0
"""The profiled runs of a kernel's cells, kept for `%%filprofile --compare`: in memory, compressed,
made and freed while nothing is recorded."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from filprofiler.jupyter.options import OptionError

from filprofiler.snapshots import Snapshot

MOST = 50  # runs that are kept beside the named ones
SIMILAR = 0.5  # of two sources' words, from 0 to 1: then one is the other, edited
WORD = re.compile(r"\w+|\S")
MOST_WORDS = 2000  # of a source that are compared


class Cell(NamedTuple):
    """A cell at one of its runs: `number` as In[3], `cell_id` as the front end knows it (None: it
    doesn't tell), `source` as it was."""

    number: str
    cell_id: str | None
    source: str


class _Run(NamedTuple):
    cell: Cell
    compressed: bytes

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(zlib.decompress(self.compressed))


def _from_file(path: str) -> Snapshot:
    from filprofiler.reportsources import ReportError, load

    try:
        return load(path)
    except ReportError as error:
        raise OptionError(str(error)) from None


class Runs:
    """All of a kernel's."""

    def __init__(self) -> None:
        self._latest: list[_Run] = []
        self._named: dict[str, _Run] = {}

    def keep(self, cell: Cell, snapshot: Snapshot, name: str) -> None:
        """Keep a run, under a name unless that is ""."""
        run = _Run(cell, zlib.compress(snapshot.profile))
        self._latest = [*self._latest[1 - MOST :], run]
        if name:
            self._named[name] = run

    def find(self, name: str) -> Snapshot:
        """Return the run of that name or number, or the profile at that path. Raises
        OptionError."""
        if run := self._run(name):
            return run.snapshot
        if os.path.exists(name):
            return _from_file(name)
        known = ", ".join([*self._named, *(run.cell.number for run in self._latest[-5:])])
        raise OptionError(
            f"there is no run {name!r} to compare with: "
            f"{f'there are {known}' if known else 'no cell was profiled yet'}"
        )

    def _run(self, name: str) -> _Run | None:
        return self._named.get(name) or next(
            (run for run in reversed(self._latest) if run.cell.number == name), None
        )

    def previous(self, cell: Cell) -> tuple[Snapshot, str] | None:
        """Return the latest run of the same cell, with its number: the one of its id, else the one
        whose source is the most alike."""
        same = next(
            (
                run
                for run in reversed(self._latest)
                if cell.cell_id and run.cell.cell_id == cell.cell_id
            ),
            None,
        )
        run = same or max(self._alike(cell), default=(0.0, None), key=lambda found: found[0])[1]
        return (run.snapshot, run.cell.number) if run else None

    def _alike(self, cell: Cell) -> Iterator[tuple[float, _Run]]:
        """Return the runs of what may be the same cell, the latest first; not those of another that
        the front end knows."""
        from difflib import SequenceMatcher

        matcher = SequenceMatcher(None, [], _words(cell.source), autojunk=False)
        for run in reversed(self._latest):
            if not (cell.cell_id and run.cell.cell_id):
                matcher.set_seq1(_words(run.cell.source))
                if matcher.quick_ratio() >= SIMILAR and (ratio := matcher.ratio()) >= SIMILAR:
                    yield ratio, run


def _words(source: str) -> list[str]:
    return WORD.findall(source)[:MOST_WORDS]
