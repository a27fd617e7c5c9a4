# SPDX-License-Identifier: Apache-2.0
"""Live memory over time: the shape of a program whose memory goes up in steps, to a plateau, and
down again."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.running import run_profiled

UP_AND_DOWN = """
import os, sys, time
kept = []
for _ in range(50):
    kept.append(bytearray(2_000_000))
    time.sleep(0.01)
plateau = bytearray(200_000_000)
time.sleep(0.3)
del plateau
for _ in range(200_000): bytearray(70_000)
kept.clear()
time.sleep(0.3)
rest = bytearray(10_000_000)
if sys.argv[1] == "kill": os.kill(os.getpid(), 9)
"""
MB = 1_000_000


@pytest.mark.parametrize("how", ["end", "kill"])
def test_the_shape(how: str, tmp_path: Path) -> None:
    """To a 256th of the peak, whoever reads it; at most so many points, however long and restless
    the program."""
    (tmp_path / "up.py").write_text(UP_AND_DOWN)
    done = run_profiled(["up.py", how], tmp_path / "out", cwd=tmp_path)
    assert done.report, done.stderr
    profile: dict[str, Any] = json.loads((done.report / "peak-memory.json").read_text())
    line = profile["timeline"]["bytes"]
    assert max(line) == profile["peak_bytes"] == pytest.approx(300 * MB, rel=0.02)
    peak = line.index(max(line))
    assert (
        all(after >= before - 2 * MB for before, after in pairwise(line[:peak]))
        and line[peak - 1] <= 104 * MB
    )
    assert 4 < len(line) <= 2048 and profile["timeline"]["bucket_seconds"] * len(
        line
    ) == pytest.approx(profile["seconds"], rel=0.5)
    assert int(profile["peak_at_seconds"] / profile["timeline"]["bucket_seconds"]) in (
        peak - 1,
        peak,
        peak + 1,
    )
    assert min(line[peak:]) < 10 * MB
    if how == "kill":
        assert profile["live_bytes"] == pytest.approx(10 * MB, rel=0.1) and line[
            -1
        ] == pytest.approx(10 * MB, rel=0.2)
