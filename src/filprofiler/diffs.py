# SPDX-License-Identifier: Apache-2.0
"""What changed between two snapshots: `new.diff(old)`. What is compared is in use: what was asked
for less what was never touched (Profile.in_use_bytes).

Both call trees are laid over each other. A frame is the same in both if its file, its function and
its line are; a line that moved is the same if its text is, and one that was edited if enough of its
text is left, or if it stands where it stood."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from filprofiler import _filext
from filprofiler.frames import Frame
from filprofiler.places import NO_STACK
from filprofiler.profiles import Profile
from filprofiler.sizes import growth, mebibytes, percent, signed

GONE = 1 << 31  # in a line's number, as FIL_LINE_GONE: another line has the number now
SIMILAR = 0.6  # of two texts, from 0 to 1: then one is the other, edited
MOST_COMPARED = 60  # lines of one function that are compared with one another
# A notebook's cell: its file has another name in each session.
CELL = re.compile(r"^In\[\d+\]$|/ipykernel_\d+/[^/]*$|^<ipython-input-")

Function = tuple[str, str]  # file, name


class Change(NamedTuple):
    """What a line had in use before and now. `frame` is its place now, or, if it is gone, as it
    was. `below`: the package that it called and that holds most of it."""

    frame: Frame
    source: str
    old_bytes: int
    new_bytes: int
    below: str = ""

    @property
    def change_bytes(self) -> int:
        """By how much it grew."""
        return self.new_bytes - self.old_bytes


class _Side:
    """What is compared of a snapshot: its functions, by file and name, with the lines that are in
    its tree, and the lines' texts."""

    def __init__(self, snapshot: Profile) -> None:
        self.numbers: dict[Function, int] = {}
        self.lines: dict[Function, set[int]] = {}
        self.texts: dict[str, dict[str, str]] = {}
        self.beginnings: dict[Function, int] = {}
        shown = {(function, line) for _, function, line, *_ in snapshot.native.nodes(False)[1:]}
        for function, line in sorted(shown):
            name, file, first_line = snapshot.functions[function]
            self.numbers.setdefault((file, name), function)
            self.beginnings.setdefault((file, name), first_line)
            self.lines.setdefault((file, name), set()).add(line)
            text = snapshot.source(Frame(file, line, name))
            self.texts.setdefault(file, {}).update({str(line): text} if text else {})

    def lines_of(self, function: Function) -> dict[int, str]:
        """Return the function's lines with their texts."""
        texts = self.texts.get(function[0], {})
        return {line: texts.get(str(line), "") for line in self.lines.get(function, ())}


def pair_lines(old: dict[int, str], new: dict[int, str], moved: int = 0) -> dict[int, int]:
    """Return for lines of the old function those of the new that are the same: by their text, in
    their order; edited, by what is left of it; else by their number, counted from the function's
    beginning, which `moved` by so many lines."""
    pairs = {
        line: line + moved for line, text in old.items() if text and new.get(line + moved) == text
    }
    taken = set(pairs.values())
    free: dict[str, list[int]] = {}
    for line, text in sorted(new.items()):
        if text and line not in taken:
            free.setdefault(text, []).append(line)
    for line, text in sorted(old.items()):
        if line not in pairs and free.get(text):
            pairs[line] = free[text].pop(0)
            taken.add(pairs[line])
    for _, line, now in sorted(
        _similar(old.keys() - pairs.keys(), new.keys() - taken, old, new, moved), reverse=True
    ):
        if line not in pairs and now not in taken:
            pairs[line] = now
            taken.add(now)
    for line in old:
        if line not in pairs and line + moved in new and line + moved not in taken:
            pairs[line] = line + moved
    return pairs


def _similar(
    lines: set[int], others: set[int], old: dict[int, str], new: dict[int, str], moved: int
) -> Iterator[tuple[float, int, int]]:
    """Return pairs of lines whose texts are similar, with how similar; what is in the same place
    wins over what isn't."""
    if not lines or not others or max(len(lines), len(others)) > MOST_COMPARED:
        return
    from difflib import SequenceMatcher

    for line in lines:
        matcher = SequenceMatcher(None, "", old[line], autojunk=False)
        for now in others:
            matcher.set_seq1(new[now])
            if (
                old[line]
                and new[now]
                and matcher.quick_ratio() >= SIMILAR
                and (ratio := matcher.ratio()) >= SIMILAR
            ):
                yield ratio + (now == line + moved), line, now


def _equal_ends(one: str, other: str) -> int:
    """Return how many folders and names, from the end, the two paths have in common."""
    count = 0
    for mine, others in zip(reversed(one.split("/")), reversed(other.split("/")), strict=False):
        if mine != others:
            break
        count += 1
    return count


def pair_files(old: dict[str, dict[str, str]], new: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return for files that are in one profile only the file of the other that is the same one
    elsewhere: another checkout, another environment, a notebook's cell of another session. `old`
    and `new`: the files, with the source lines that are known."""
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


def qualified(file: str, name: str, begin: int | None, new: _Side) -> Function:
    """Return the function of the new profile with the name that an older version's profile gave it,
    `fit` for `Pipeline.fit`: of several the one that begins in the same line."""
    if (file, name) in new.numbers or "." in name:
        return file, name
    alike = [one for one in new.numbers if one[0] == file and one[1].rpartition(".")[2] == name]
    same = [one for one in alike if new.beginnings[one] == begin]
    return alike[0] if len(alike) == 1 else same[0] if len(same) == 1 else (file, name)


def pair_all(old: _Side, new: _Side) -> list[tuple[int, int, int, str, int]]:
    """Return for each line of the old profile what it is in the new one: `moved` of
    `_filext.difference`. A line that is gone, and whose number another one of the function has now,
    is marked GONE."""
    files = pair_files(old.texts, new.texts)
    moved = []
    for (file, name), number in old.numbers.items():
        now = files.get(file, file)
        begin = old.beginnings.get((file, name))
        called = qualified(now, name, begin, new)
        function = new.numbers.get(called, -1)
        before, after = old.lines_of((file, name)), new.lines_of(called)
        begins_now = new.beginnings.get(called)
        pairs = pair_lines(before, after, begins_now - begin if begin and begins_now else 0)
        for line in before:
            moved.append(
                (
                    number,
                    line,
                    function,
                    now,
                    pairs.get(line, line | GONE if line in after else line),
                )
            )
    return moved


class Diff:
    """What changed from `old` to `new`."""

    def __init__(self, old: Profile, new: Profile) -> None:
        self.old = old
        self.new = new

    def __repr__(self) -> str:
        return (
            f"<filprofiler.Diff: peak {mebibytes(self.old.in_use_bytes)} to "
            f"{mebibytes(self.new.in_use_bytes)}>"
        )

    @property
    def measured(self) -> str:
        """What is compared: the peaks, or what is in use at the ends."""
        return "what is in use at the end" if self.new.is_at_end else "the peak"

    @property
    def change_bytes(self) -> int:
        """By how much what is in use at the peak grew; negative: by how much it shrank. Of ends,
        what is in use then."""
        return self.new.in_use_bytes - self.old.in_use_bytes

    @cached_property
    def native(self) -> _filext.Profile:
        """Both as one profile of kind diff, for what draws from it."""
        return _filext.difference(
            self.old.native, self.new.native, pair_all(_Side(self.old), _Side(self.new))
        )

    @cached_property
    def lines(self) -> list[Change]:
        """What the lines of own code held, with all that they called, where it changed, the largest
        change first (Profile.own_lines); and the imports."""
        functions = self.native.functions()
        changes = []
        for _, function, line, now, _, _, _, before, *_, below in self.native.answers("own"):
            if now == before:
                break  # they stand in the order of their change
            name, file, first_line = functions[function]
            shown = line & ~GONE
            frame = Frame(file, shown or first_line, name) if function else Frame(NO_STACK, 0, "")
            changes.append(Change(frame, self.native.source(file, line), before, now, below))
        return sorted(changes, key=lambda change: (-abs(change.change_bytes), change.frame))

    def exceeds(
        self, most_bytes: int | None = None, most_percent: float | None = None
    ) -> str | None:
        """Return one sentence if the peak, or what is in use at the end, grew by more than that, in
        bytes or in percent; it names the line that grew the most."""
        change, before = self.change_bytes, self.old.in_use_bytes
        if most_percent is not None:
            allowed, limit = before * most_percent / 100, f"{most_percent:g} %"
        else:
            allowed, limit = most_bytes or 0, mebibytes(most_bytes or 0)
        if change <= allowed:
            return None
        grown = f"{mebibytes(change)} ({growth(before, self.new.in_use_bytes)})"
        sentence = f"Failed: {self.measured} grew by {grown}, more than the {limit} of --fail-above"
        most = max(self.lines, key=lambda line: line.change_bytes, default=None)
        if most and most.change_bytes > 0:
            grew = f"{signed(most.change_bytes)}, {percent(most.change_bytes, change)} of it"
            inside = f"  in {most.below}" if most.below else ""
            sentence += f"; most of all grew {most.frame}: {grew}  {most.source}".rstrip() + inside
        return sentence

    @property
    def profile(self) -> bytes:
        """The difference as JSON, with all of both trees (docs/profile.md)."""
        return self.native.render("json")

    def html(self, embed: bool = False) -> bytes:
        """Return the difference as a page; `embed`: a small one, for a notebook."""
        return self.native.render("html-embed" if embed else "html")
