# SPDX-License-Identifier: Apache-2.0
"""What `fil-profile live` sees of a program that runs: its recording, looked at again and again."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from filprofiler import _filext
from filprofiler.reportsources import ReportError
from filprofiler.snapshots import Line, Snapshot

SECONDS = 1.0  # between two looks
SHARE = 0.2  # of the time that looking may take, in large recordings
# seconds: a program that was just started has no recording yet, one that just ended no report
PATIENCE = 3.0


class Look(NamedTuple):
    """What was seen of the program."""

    pid: int
    seconds: float
    live_bytes: int
    peak_bytes: int
    top: list[Line]
    snapshot: Snapshot
    imports: list[tuple[str, int]]
    whole_bytes: int  # what the lines' shares are of: what is in use at the peak, or now

    @property
    def in_use_now(self) -> int:
        """What is in use at this moment."""
        known = self.snapshot.end_bytes is not None
        return self.snapshot.at_end().in_use_bytes if known else self.live_bytes

    def in_use_of(self, line: Line) -> int:
        """Return what the line has in use."""
        return self.snapshot.in_use_of(line.bytes, line.untouched_bytes)


def looks(path: str, seen_as: Callable[[Snapshot], Snapshot], now: bool = False) -> Iterator[Look]:
    """Look at the black box again and again, until its process has ended. Raises ReportError if it
    can't be read at all. `now`: the lines are those that hold the most now, not at the peak so
    far."""
    seen = False
    deadline = time.monotonic() + PATIENCE
    while True:
        began = time.monotonic()
        try:
            profile, runs = _filext.read_blackbox(path)
        except (OSError, ValueError) as error:
            if seen or not os.path.exists(path):
                return
            if began > deadline:
                raise ReportError(str(error)) from None
            time.sleep(0.1)
            continue
        if not runs:
            return
        snapshot, seen = seen_as(Snapshot(profile)), True
        data = snapshot.facts
        live = data.get("live_bytes", 0)
        shown = snapshot.at_end() if now and snapshot.end_bytes is not None else snapshot
        seconds, peak = data.get("seconds", 0.0), snapshot.peak_bytes
        figures = (data.get("pid", 0), seconds, live, peak)
        yield Look(*figures, shown.own_lines(), snapshot, shown.imports, shown.in_use_bytes)
        spent = time.monotonic() - began
        pause = max(SECONDS, spent / SHARE) - spent
        until = time.monotonic() + pause
        while (left := until - time.monotonic()) > 0 and os.path.exists(path):
            time.sleep(min(left, 0.2))


def as_line(look: Look) -> str:
    """Return the look for `--json`, in one line."""
    top = [
        {**line.frame._asdict(), "source": line.source, "own_bytes": line.bytes,
         "untouched_bytes": line.untouched_bytes, "below": line.below}
        for line in look.top
    ]  # fmt: skip
    data = {
        "pid": look.pid,
        "seconds": look.seconds,
        "live_bytes": look.live_bytes,
        "peak_bytes": look.peak_bytes,
        "untouched_bytes": look.snapshot.untouched_bytes,
        "top_lines": top,
    }
    data["imports"] = [{"name": name, "bytes": held} for name, held in look.imports]
    return json.dumps(data, ensure_ascii=False)
