# SPDX-License-Identifier: Apache-2.0
"""Programs whose peak can be worked out in the head: each states what it expects, in bytes, beside
the line."""

import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest
from support import expectations
from support.running import REPOSITORY, run_plain, run_profiled

import filprofiler

VICTIMS = sorted((REPOSITORY / "tests/victims").glob("*.py"))


@pytest.mark.parametrize("victim", VICTIMS, ids=lambda path: path.stem)
def test_victim(victim: Path, tmp_path: Path, victim_environment: dict[str, str]) -> None:
    if lack := expectations.missing(victim, sys.executable):
        pytest.skip(lack)
    plain = run_plain([str(victim)], env=victim_environment)
    assert plain.returncode == 0, plain.stderr
    profiled = run_profiled(
        [str(victim)],
        tmp_path / "out",
        options=expectations.options(victim),
        env=victim_environment,
    )
    assert (profiled.returncode, profiled.stdout, profiled.program_stderr) == (
        plain.returncode,
        plain.stdout,
        plain.stderr,
    )
    assert profiled.report is not None
    snapshot = filprofiler.Snapshot.load(profiled.report / "peak-memory.json")
    expectations.check(victim, profiled, snapshot.peak_bytes)
    names = {
        "index.html",
        "peak-memory.json",
        "peak-memory.prof",
        "peak-memory-reversed.svg",
        "peak-memory.svg",
    }
    assert {path.name for path in profiled.report.iterdir()} == names
    for svg in profiled.report.glob("*.svg"):
        xml.etree.ElementTree.parse(svg)
    written = sum(count for _, count in profiled.stacks)
    assert abs(written - snapshot.in_use_bytes) <= snapshot_error(snapshot)


def snapshot_error(snapshot: filprofiler.Snapshot) -> int:
    """How far the engine says that threads may put the figures off, in bytes."""
    import json

    return int(json.loads(snapshot.profile)["error_bound_bytes"])
