# SPDX-License-Identifier: Apache-2.0
"""A profile in the formats of other tools, as bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from filprofiler.calltree import holders, shortened
from filprofiler.places import NO_STACK
from filprofiler.snapshots import Frame, Snapshot


def label(frame: Frame) -> str:
    """Return the frame as the folded text has it: `path.py:12 (function)`, with `;` and control
    characters escaped."""
    text = str(frame)
    if not text.isprintable() or ";" in text:
        text = "".join(
            c
            if c.isprintable() and c != ";"
            else f"\\x{ord(c):02x}"
            if ord(c) < 256
            else f"\\u{ord(c):04x}"
            for c in text
        )
    return text


def folded(snapshot: Snapshot) -> bytes:
    """Return peak-memory.prof: a line a stack."""
    return snapshot.native.render("prof")


def as_json(snapshot: Snapshot) -> bytes:
    """Return the profile itself."""
    return snapshot.profile


def as_csv(snapshot: Snapshot) -> bytes:
    """Return a row a stack, the largest first: what it holds, its innermost place, and all of
    it."""
    tree = shortened(snapshot)
    labels: dict[Frame, str] = {}
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["bytes", "allocations", "file", "line", "function", "stack"])
    for node in holders(tree):
        frame = tree.frames[node]
        place = (frame.file, frame.line, frame.function) if node else (NO_STACK, "", "")
        frames = tree.stack(node)
        labels.update((one, label(one)) for one in frames if one not in labels)
        stack = ";".join(labels[one] for one in frames) or NO_STACK
        rows.writerow([tree.own[node], tree.allocations[node], *place, stack])
    return text.getvalue().encode()


def speedscope(snapshot: Snapshot) -> bytes:
    """Return a file for speedscope.app: one profile of the bytes at the peak, and one of the
    allocations of the same stacks."""
    tree = shortened(snapshot)
    numbers: dict[Frame, int] = {}
    frames: list[dict[str, Any]] = []

    def number(frame: Frame) -> int:
        known = numbers.get(frame)
        if known is None:
            known = numbers[frame] = len(frames)
            line = f":{frame.line}" if frame.line else ""
            name = (
                frame.file
                if frame.file.startswith("[")
                else f"{frame.function} ({frame.file.rpartition('/')[2]}{line})"
            )
            frames.append(
                {"name": name, "file": frame.file, **({"line": frame.line} if frame.line else {})}
            )
        return known

    samples, sizes, counts = [], [], []
    for node in holders(tree):
        samples.append([number(frame) for frame in tree.stack(node) or [Frame(NO_STACK, 0, "")]])
        sizes.append(tree.own[node])
        counts.append(tree.allocations[node])
    command = " ".join(snapshot.command[1:]) or "filprofiler"
    moment = "Memory in use at the end" if snapshot.is_at_end else "Memory at the peak"

    def profile(name: str, unit: str, weights: list[int]) -> dict[str, Any]:
        ends = {"startValue": 0, "endValue": sum(weights)}
        return {
            "type": "sampled",
            "name": name,
            "unit": unit,
            **ends,
            "samples": samples,
            "weights": weights,
        }

    file = {
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "name": command,
        "exporter": snapshot.facts.get("tool", "filprofiler"),
        "activeProfileIndex": 0,
        "shared": {"frames": frames},
        "profiles": [
            profile(moment, "bytes", sizes),
            profile("Number of allocations", "none", counts),
        ],
    }
    return json.dumps(file, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def pprof(snapshot: Snapshot) -> bytes:
    """Return a gzipped profile.proto."""
    from filprofiler.pprof import write

    return write(snapshot)


WRITERS: dict[str, Callable[[Snapshot], bytes]] = {
    "folded": folded,
    "speedscope": speedscope,
    "pprof": pprof,
    "json": as_json,
    "csv": as_csv,
}
