# SPDX-License-Identifier: Apache-2.0
"""pprof's profile.proto (github.com/google/pprof/blob/main/proto/profile.proto), written by hand:
the few messages are all lists of numbers.

A message is its fields one after the other; a field is its number and kind as one varint, then a
varint (kind 0), or a length and so many bytes (kind 2), which may be text, an inner message or many
varints."""

from __future__ import annotations

import gzip

from filprofiler.calltree import holders, shortened
from filprofiler.places import NO_STACK
from filprofiler.snapshots import Frame, Snapshot


def varint(number: int) -> bytes:
    """Return 7 bits a byte, the lowest first; all bytes but the last have their top bit set."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def whole(field: int, number: int) -> bytes:
    """Return a field that is a number; nothing for 0, which is what is read where there is none."""
    return varint(field << 3) + varint(number) if number else b""


def inner(field: int, content: bytes) -> bytes:
    """Return a field that is text or a message."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def packed(field: int, numbers: list[int]) -> bytes:
    """Return a field that is a list of numbers."""
    return inner(field, b"".join(map(varint, numbers)))


class Texts:
    """The string table: text 0 is empty."""

    def __init__(self) -> None:
        self.numbers = {"": 0}

    def number(self, text: str) -> int:
        """Return the text's number."""
        return self.numbers.setdefault(text, len(self.numbers))


class Locations:
    """Locations and functions, numbered from 1 in the order in which they are met."""

    def __init__(self, snapshot: Snapshot, texts: Texts) -> None:
        self.texts = texts
        self.out = bytearray()
        self.locations: dict[Frame, int] = {}
        self.functions: dict[tuple[str, str], int] = {}
        self.first_lines = {
            (file, name): first_line for name, file, first_line in snapshot.functions
        }

    def location(self, frame: Frame) -> int:
        """Return the number of the frame's Location."""
        known = self.locations.get(frame)
        if known is None:
            known = self.locations[frame] = len(self.locations) + 1
            line = whole(1, self.function(frame)) + whole(2, frame.line)
            self.out += inner(4, whole(1, known) + inner(4, line))
        return known

    def function(self, frame: Frame) -> int:
        """Return the number of the frame's Function. It has no system_name: where that equals the
        name, pprof takes the name for one of C++, and cuts `<module>` as template parameters."""
        key = (frame.file, frame.function)
        known = self.functions.get(key)
        if known is None:
            known = self.functions[key] = len(self.functions) + 1
            name, file = (
                self.texts.number(frame.function or frame.file),
                self.texts.number(frame.file),
            )
            fields = whole(1, known) + whole(2, name) + whole(4, file)
            self.out += inner(5, fields + whole(5, self.first_lines.get(key, 0)))
        return known


def write(snapshot: Snapshot) -> bytes:
    """Return the snapshot's stacks as a gzipped Profile, the same bytes for the same profile:
    sample types allocations/count and inuse_space/bytes, the latter shown first."""
    data = snapshot.facts
    tree, texts = shortened(snapshot), Texts()
    locations = Locations(snapshot, texts)
    out = bytearray()
    for kind, unit in (("allocations", "count"), ("inuse_space", "bytes")):
        out += inner(1, whole(1, texts.number(kind)) + whole(2, texts.number(unit)))
    for node in holders(tree):
        stack = tree.stack(node)[::-1] or [Frame(NO_STACK, 0, "")]  # the innermost first
        out += inner(
            2,
            packed(1, [locations.location(frame) for frame in stack])
            + packed(2, [tree.allocations[node], tree.own[node]]),
        )
    out += locations.out
    comments = [str(data.get("tool", "filprofiler")), " ".join(data["command"])]
    numbers = [texts.number(comment) for comment in comments]
    show_first = texts.number("inuse_space")
    for text in texts.numbers:
        out += inner(6, text.encode())
    out += whole(9, round(data.get("started", 0) * 10**9)) + whole(
        10, round(data.get("seconds", 0) * 10**9)
    )
    out += packed(13, numbers) + whole(14, show_first)
    return gzip.compress(bytes(out), mtime=0)
