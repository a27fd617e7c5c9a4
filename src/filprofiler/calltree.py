# SPDX-License-Identifier: Apache-2.0
"""The call tree of a snapshot, for what is made of it in Python: tables, trees, differences,
exports. Lists that go together, by node; a parent's index is smaller than its children's, and node
0 is the root. Nothing here recurses: stacks may be thousands of frames deep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from filprofiler.profiles import own_untouched
from filprofiler.snapshots import Frame, Snapshot

ROOT = Frame("", 0, "")


class CallTree:
    """Built by `child` and `hold`; `totals` sums up what is below."""

    def __init__(self) -> None:
        self.frames: list[Frame] = [ROOT]
        self.parents: list[int] = [0]
        self.own: list[int] = [0]
        self.untouched: list[int] = [0]  # of `own`
        self.allocations: list[int] = [0]
        self._known: dict[tuple[int, Frame], int] = {}

    def child(self, parent: int, frame: Frame) -> int:
        """Return the parent's child with this frame, which is made if need be."""
        key = (parent, frame)
        node = self._known.get(key)
        if node is None:
            node = self._known[key] = len(self.frames)
            self.frames.append(frame)
            self.parents.append(parent)
            self.own.append(0)
            self.untouched.append(0)
            self.allocations.append(0)
        return node

    def hold(self, node: int, own: int, allocations: int, untouched: int = 0) -> None:
        """Let the node hold more by itself, of which so much was never touched."""
        self.own[node] += own
        self.untouched[node] += untouched
        self.allocations[node] += allocations

    def totals(self) -> list[int]:
        """Return the bytes of each node and everything below it."""
        return sums(self.parents, self.own)

    def totals_untouched(self) -> list[int]:
        """Return how many of these bytes were never touched."""
        return sums(self.parents, self.untouched)

    def children(self) -> list[list[int]]:
        """Return each node's children."""
        below: list[list[int]] = [[] for _ in self.frames]
        for node in range(1, len(self.frames)):
            below[self.parents[node]].append(node)
        return below

    def stack(self, node: int) -> list[Frame]:
        """Return the node's frames, outermost first."""
        frames = []
        while node:
            frames.append(self.frames[node])
            node = self.parents[node]
        return frames[::-1]


def sums(parents: list[int], own: list[int]) -> list[int]:
    """Return what each node has with everything below it."""
    totals = list(own)
    for node in range(len(parents) - 1, 0, -1):
        totals[parents[node]] += totals[node]
    return totals


def call_tree(snapshot: Snapshot) -> CallTree:
    """Return the snapshot's tree; what Python's import system holds counts for the line that
    imports."""
    tree = CallTree()
    made: dict[tuple[int, int], Frame] = {}
    nodes = snapshot.native.nodes(False)
    untouched = own_untouched(nodes)
    for index, (parent, function, line, own, _, allocations, *_) in enumerate(nodes):
        frame = made.get((function, line))
        if frame is None:
            frame = made[function, line] = snapshot.frame(function, line)
        tree.hold(tree.child(parent, frame) if index else 0, own, allocations, untouched[index])
    return tree


def shortened(snapshot: Snapshot) -> CallTree:
    """Return the tree that all exports are made of, by the rule of the folded text
    (report/shortened.c): no frames of the import system, and not much text, however deep the stacks
    are and however many. What it holds is all that is in use; where memory ran out, all that was
    asked for."""
    return call_tree(Snapshot(snapshot.native.shortened()))


def holders(tree: CallTree) -> list[int]:
    """Return the nodes that hold memory by themselves, the largest first."""
    found = [node for node, own in enumerate(tree.own) if own > 0]
    return sorted(found, key=lambda node: -tree.own[node])


def walk(below: list[list[int]], order: Iterable[int] = (0,)) -> Iterator[tuple[int, bool]]:
    """Return each node twice, depth first: when it is entered (True), and when it is left."""
    waiting = [(node, True) for node in order]
    while waiting:
        node, enters = waiting.pop()
        yield node, enters
        if enters:
            waiting.append((node, False))
            waiting.extend((child, True) for child in reversed(below[node]))
