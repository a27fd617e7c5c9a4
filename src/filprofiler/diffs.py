# SPDX-License-Identifier: Apache-2.0
"""What changed between two snapshots: `new.diff(old)`.

Both call trees are laid over each other. A frame is the same in both if its file, its function and its line are; a line that moved is the
same if its text is, and one that was edited if enough of its text is left, or if it stands where it stood."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from filprofiler.calltree import CallTree, call_tree, sums
from filprofiler.places import IMPORTS, NOBODY
from filprofiler.sizes import growth, mebibytes, percent, signed
from filprofiler.snapshots import Frame, Snapshot
from filprofiler.tables import source_of

SMALLEST = 0.0005  # of the larger peak: what holds less in both isn't in a page
EMBED_BYTES = 215_000  # of JSON as text of an attribute, in a notebook's output (as in report/html.c)
SIMILAR = 0.6  # of two texts, from 0 to 1: then one is the other, edited
MOST_COMPARED = 60  # lines of one function that are compared with one another
CELL = re.compile(r"^In\[\d+\]$|/ipykernel_\d+/[^/]*$|^<ipython-input-")  # a notebook's cell: its file has another name in each session

Function = tuple[str, str]  # file, name


class Change(NamedTuple):
    """What a line held by itself before and now. `frame` is its place now, or, if it is gone, as it was."""

    frame: Frame
    source: str
    old_bytes: int
    new_bytes: int

    @property
    def change_bytes(self) -> int:
        """By how much it grew."""
        return self.new_bytes - self.old_bytes


def _beginnings(snapshot: Snapshot) -> dict[Function, int]:
    """Give the line at which each function begins, of those that have one beginning: lambdas and methods of equal name may have more."""
    found: dict[Function, set[int]] = {}
    for known in snapshot.data["functions"]:
        found.setdefault((known["file"], known["name"]), set()).add(known["first_line"])
    return {function: min(lines) for function, lines in found.items() if len(lines) == 1}


def _lines(frames: list[Frame]) -> dict[Function, set[int]]:
    """Give the lines of each function that are in a tree."""
    lines: dict[Function, set[int]] = {}
    for frame in frames[1:]:
        lines.setdefault((frame.file, frame.function), set()).add(frame.line)
    return lines


def pair_lines(old: dict[int, str], new: dict[int, str], moved: int = 0) -> dict[int, int]:
    """Give for lines of the old function those of the new that are the same: by their text, in their order; edited, by what is left
    of it; else by their number, counted from the function's beginning, which `moved` by so many lines."""
    pairs = {line: line + moved for line, text in old.items() if text and new.get(line + moved) == text}
    taken = set(pairs.values())
    free: dict[str, list[int]] = {}
    for line, text in sorted(new.items()):
        if text and line not in taken:
            free.setdefault(text, []).append(line)
    for line, text in sorted(old.items()):
        if line not in pairs and free.get(text):
            pairs[line] = free[text].pop(0)
            taken.add(pairs[line])
    for _, line, now in sorted(_similar(old.keys() - pairs.keys(), new.keys() - taken, old, new, moved), reverse=True):
        if line not in pairs and now not in taken:
            pairs[line] = now
            taken.add(now)
    for line in old:
        if line not in pairs and line + moved in new and line + moved not in taken:
            pairs[line] = line + moved
    return pairs


def _similar(lines: set[int], others: set[int], old: dict[int, str], new: dict[int, str], moved: int) -> Iterator[tuple[float, int, int]]:
    """Give pairs of lines whose texts are similar, with how similar; what is in the same place wins over what isn't."""
    if not lines or not others or max(len(lines), len(others)) > MOST_COMPARED:
        return
    from difflib import SequenceMatcher

    for line in lines:
        matcher = SequenceMatcher(None, "", old[line], autojunk=False)
        for now in others:
            matcher.set_seq1(new[now])
            if old[line] and new[now] and matcher.quick_ratio() >= SIMILAR and (ratio := matcher.ratio()) >= SIMILAR:
                yield ratio + (now == line + moved), line, now


def _equal_ends(one: str, other: str) -> int:
    """Give how many folders and names, from the end, the two paths have in common."""
    count = 0
    for mine, others in zip(reversed(one.split("/")), reversed(other.split("/")), strict=False):
        if mine != others:
            break
        count += 1
    return count


def pair_files(old: dict[str, dict[str, str]], new: dict[str, dict[str, str]]) -> dict[str, str]:
    """Give for files that are in one profile only the file of the other that is the same one elsewhere: another checkout, another
    environment, a notebook's cell of another session. `old` and `new`: the files, with the source lines that are known."""
    candidates = []
    for before in old.keys() - new.keys():
        for now in new.keys() - old.keys():
            both_cells = bool(CELL.search(before) and CELL.search(now))
            if not both_cells and os.path.basename(before) != os.path.basename(now):
                continue
            ends = _equal_ends(before, now)
            texts = len(set(old[before].values()) & set(new[now].values()))
            if both_cells or texts or ends > 1:
                candidates.append((texts, ends, before, now))
    pairs: dict[str, str] = {}
    for _, _, before, now in sorted(candidates, reverse=True):
        if before not in pairs and now not in pairs.values():
            pairs[before] = now
    return pairs


class Diff:
    """What changed from `old` to `new`."""

    def __init__(self, old: Snapshot, new: Snapshot) -> None:
        self.old = old
        self.new = new

    def __repr__(self) -> str:
        return f"<filprofiler.Diff: peak {mebibytes(self.old.peak_bytes)} to {mebibytes(self.new.peak_bytes)}>"

    @property
    def change_bytes(self) -> int:
        """By how much the peak grew; negative: by how much it shrank."""
        return self.new.peak_bytes - self.old.peak_bytes

    def _sources(self, snapshot: Snapshot, tree: CallTree) -> dict[str, dict[str, str]]:
        known = snapshot.data.get("sources", {})
        return {file: known.get(file, {}) for file in {frame.file for frame in tree.frames[1:]}}

    @cached_property
    def _trees(self) -> tuple[CallTree, CallTree]:
        """Both trees with the frames that the new one has, or, for what is gone, those of the old: a line that is gone and whose number
        another one has now is no line of the new function's, and gets a number of its own, below 0."""
        old, new = call_tree(self.old), call_tree(self.new)
        old_sources, new_sources = self._sources(self.old, old), self._sources(self.new, new)
        files = pair_files(old_sources, new_sources)
        old_lines, new_lines = _lines(old.frames), _lines(new.frames)
        beginnings = _beginnings(self.old), _beginnings(self.new)
        moved: dict[Frame, Frame] = {}
        for (file, name), lines in old_lines.items():
            now = files.get(file, file)
            there = new_lines.get((now, name), set())
            before = {line: old_sources[file].get(str(line), "") for line in lines}
            after = {line: new_sources.get(now, {}).get(str(line), "") for line in there}
            begin, begins_now = beginnings[0].get((file, name)), beginnings[1].get((now, name))
            pairs = pair_lines(before, after, begins_now - begin if begin and begins_now else 0)
            for line in lines:
                number = pairs.get(line, -line if line in there else line)
                moved[Frame(file, line, name)] = Frame(now, number, name)
        moved_tree = CallTree()
        places = [0]
        moved_tree.hold(0, old.own[0], old.allocations[0])
        for node in range(1, len(old.frames)):
            places.append(moved_tree.child(places[old.parents[node]], moved[old.frames[node]]))
            moved_tree.hold(places[node], old.own[node], old.allocations[node])
        self._moved = {to: frame for frame, to in moved.items()}
        self._new_frames = set(new.frames)
        return moved_tree, new

    @cached_property
    def _nodes(self) -> tuple[CallTree, list[int], list[int]]:
        """Both trees as one, with what each node held by itself before and now."""
        old, new = self._trees
        both = CallTree()
        held = []
        for tree in (new, old):
            places, own = [0], {0: tree.own[0]}
            for node in range(1, len(tree.frames)):
                places.append(both.child(places[tree.parents[node]], tree.frames[node]))
                own[places[node]] = own.get(places[node], 0) + tree.own[node]
                if tree is new:
                    both.allocations[places[node]] += tree.allocations[node]
            held.append(own)
        both.allocations[0] = new.allocations[0]
        count = len(both.frames)
        return both, [held[1].get(node, 0) for node in range(count)], [held[0].get(node, 0) for node in range(count)]

    def _source(self, frame: Frame) -> str:
        """Give the text of the line as it is now, or, if it is gone, as it was."""
        if frame in self._new_frames:
            return source_of(self.new, frame)
        return source_of(self.old, self._moved.get(frame, frame))

    @cached_property
    def lines(self) -> list[Change]:
        """What the lines held by themselves, where it changed, the largest change first. What the import system holds counts for the
        line that imports."""
        tree, old, new = self._nodes
        found: dict[Frame, list[int]] = {}
        for node in range(len(tree.frames)):
            at = node
            while at and tree.frames[at].file.startswith(IMPORTS):
                at = tree.parents[at]
            frame = tree.frames[at] if at else Frame(NOBODY, 0, "")
            held = found.setdefault(frame, [0, 0])
            held[0] += old[node]
            held[1] += new[node]
        changes = [
            Change(frame._replace(line=abs(frame.line)), self._source(frame), before, now)
            for frame, (before, now) in found.items()
            if before != now
        ]
        return sorted(changes, key=lambda change: (-abs(change.change_bytes), change.frame))

    def exceeds(self, most_bytes: int | None = None, most_percent: float | None = None) -> str | None:
        """Give one sentence if the peak grew by more than that, in bytes or in percent; it names the line that grew the most."""
        change, before = self.change_bytes, self.old.peak_bytes
        if most_percent is not None:
            allowed, limit = before * most_percent / 100, f"{most_percent:g} %"
        else:
            allowed, limit = most_bytes or 0, mebibytes(most_bytes or 0)
        if change <= allowed:
            return None
        sentence = (
            f"Failed: the peak grew by {mebibytes(change)} ({growth(before, self.new.peak_bytes)}), more than the {limit} of --fail-above"
        )
        most = max(self.lines, key=lambda line: line.change_bytes, default=None)
        if most and most.change_bytes > 0:
            grew = f"{signed(most.change_bytes)}, {percent(most.change_bytes, change)} of it"
            sentence += f"; most of all grew {most.frame}: {grew}  {most.source}"
        return sentence.rstrip()

    @property
    def profile(self) -> bytes:
        """The difference as JSON, with all of both trees (docs/page.md says what is in it)."""
        return self._profile(0)

    def _profile(self, smallest: float) -> bytes:
        """The same without what holds less than `smallest` bytes in both."""
        tree, old, new = self._nodes
        old_totals, new_totals = sums(tree.parents, old), sums(tree.parents, new)
        functions: list[dict[str, Any]] = [{"name": "", "file": "", "first_line": 0}]
        numbers: dict[Function, int] = {}
        first_lines = {(known["file"], known["name"]): known["first_line"] for known in self.new.data["functions"]}
        nodes: list[list[int]] = []
        places = {0: 0}
        sources: dict[str, dict[str, str]] = {}
        for node, frame in enumerate(tree.frames):
            if node and (tree.parents[node] not in places or max(old_totals[node], new_totals[node]) < smallest):
                continue
            key, number = (frame.file, frame.function), 0
            if node:
                if key not in numbers:
                    numbers[key] = len(functions)
                    functions.append({"name": frame.function, "file": frame.file, "first_line": first_lines.get(key, 0)})
                number = numbers[key]
                if text := self._source(frame):
                    sources.setdefault(frame.file, {}).setdefault(str(abs(frame.line)), text)
            places[node] = len(nodes)
            figures = [new[node], tree.allocations[node], new_totals[node], old[node], old_totals[node]]
            nodes.append([places[tree.parents[node]], number, abs(frame.line), *figures])
        data = {
            "format": "filprofiler", "version": 1, "kind": "diff", "tool": self.new.data.get("tool", "filprofiler"),
            "command": self.new.data["command"], "peak_bytes": self.new.peak_bytes,
            "old": _about(self.old), "new": _about(self.new), "functions": functions, "nodes": nodes, "sources": sources,
        }  # fmt: skip
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()

    def html(self, embed: bool = False) -> bytes:
        """Give the difference as a page; `embed`: a small one, for a notebook. What holds less than 0.05 % of the larger peak in both is
        left out, or more where a notebook's would grow too large."""
        from filprofiler import _filext

        smallest = SMALLEST
        while True:
            profile = self._profile(smallest * max(self.old.peak_bytes, self.new.peak_bytes))
            if not embed or len(html.escape(profile.decode())) <= EMBED_BYTES or smallest > 0.5:
                return _filext.page(profile, "embed" if embed else "page")
            smallest *= 2


def _about(snapshot: Snapshot) -> dict[str, Any]:
    """Give what the difference says of one of its two snapshots."""
    names = ("command", "started", "seconds", "python", "kind")
    return {"peak_bytes": snapshot.peak_bytes} | {name: snapshot.data[name] for name in names if name in snapshot.data}
