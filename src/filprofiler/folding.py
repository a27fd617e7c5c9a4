# SPDX-License-Identifier: Apache-2.0
"""The call tree as its reader knows it: own code's frames, and what they end in. What lies between
them, in libraries, is one line; so is each import.

    main  job.py:3                      df = pd.read_csv("sales.csv")
    +9 frames in pandas
    read  pandas/io/parsers.py:234      data = self.reader.read(nrows)
"""

from __future__ import annotations

from typing import NamedTuple

from filprofiler.calltree import CallTree
from filprofiler.profiles import own_untouched
from filprofiler.snapshots import IMPORT_FILE, Frame, Snapshot

FOLD_FILE = "<fold>"  # of frames that stand for several


class Seat(NamedTuple):
    """Where a node is: in the new tree at `node`, or so many frames of libraries below it, the
    outermost of which is in `package`."""

    node: int
    depth: int = 0
    package: str = ""
    of_import: bool = False


class _Folding:
    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.tree = CallTree()
        self.package = {file: package for file, package, _ in snapshot.native.paths()}
        self.own = {file for file, _, kind in snapshot.native.paths() if kind == "own"}
        self.depths: dict[
            int, tuple[int, int]
        ] = {}  # of a fold: what its largest ending holds, and its depth

    def below(self, seat: Seat, size: int) -> int:
        """Return the node that what is next below the seat hangs from: a fold where there are
        frames between."""
        if not seat.depth:
            return seat.node
        fold = self.tree.child(seat.node, Frame(FOLD_FILE, 0, seat.package))
        self.depths[fold] = max(self.depths.get(fold, (-1, 0)), (size, seat.depth))
        return fold

    def seated(self, parent: Seat, frame: Frame, own: int, total: int) -> tuple[Seat, int]:
        """Return where a node is, and which node of the new tree its own bytes belong to."""
        is_import = frame.file == IMPORT_FILE
        if (
            frame.file in self.own
            or not (parent.node or parent.depth)
            or (is_import and not parent.of_import)
        ):
            node = self.tree.child(self.below(parent, total), frame)
            return Seat(node, of_import=is_import), node
        if parent.of_import:
            return parent, parent.node
        holder = self.tree.child(self.below(parent, own), frame) if own else 0
        package = parent.package or self.package.get(frame.file, "")
        return Seat(parent.node, parent.depth + 1, package), holder

    def fold(self) -> CallTree:
        seats: list[Seat] = []
        nodes = self.snapshot.native.nodes(True)
        untouched = own_untouched(nodes)
        for index, row in enumerate(nodes):
            parent, function, line, own, total, allocations = row[:6]
            if not index:
                seat, holder = Seat(0), 0
            else:
                frame = self.snapshot.frame(function, line)
                seat, holder = self.seated(seats[parent], frame, own, total)
            seats.append(seat)
            self.tree.hold(holder, own, allocations if own else 0, untouched[index])
        for fold, (_, depth) in self.depths.items():
            package = self.tree.frames[fold].function.replace("standard", "the standard", 1)
            frames = f"+{depth:,} frame{'s' if depth > 1 else ''}"
            self.tree.frames[fold] = Frame(
                FOLD_FILE, 0, f"{frames} in {package}" if package else frames
            )
        return self.tree


def folded_tree(snapshot: Snapshot) -> CallTree:
    """Return the snapshot's call tree with libraries' frames and imports folded."""
    return _Folding(snapshot).fold()
