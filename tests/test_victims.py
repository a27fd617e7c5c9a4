# SPDX-License-Identifier: Apache-2.0
"""Programs whose peak can be worked out in the head: each states what it expects, in bytes, beside the line."""

import re
import xml.etree.ElementTree
from pathlib import Path

import pytest
from conftest import REPOSITORY, run_plain, run_profiled

import filprofiler

VICTIMS = sorted((REPOSITORY / "tests/victims").glob("*.py"))


@pytest.mark.parametrize("victim", VICTIMS, ids=lambda path: path.stem)
def test_victim(victim: Path, tmp_path: Path) -> None:
    plain, profiled = run_plain([str(victim)]), run_profiled([str(victim)], tmp_path / "out")
    assert (profiled.returncode, profiled.stdout, profiled.program_stderr) == (plain.returncode, plain.stdout, plain.stderr)
    text = victim.read_text()
    expected = 0
    for size, stack in re.findall(r"# expect: (\d+) at (.+)", text):
        assert profiled.bytes_at(stack.strip()) == pytest.approx(int(size), rel=0.01), stack
        expected += 1
    for size, line in re.findall(r"# expect-line: (\d+) at (\S+(?: \(\w+\))?)", text):
        held = sum(count for stack, count in profiled.stacks if line in stack.split(";")[-1] or f"{line} " in stack)
        assert held == pytest.approx(int(size), rel=0.01), line
        expected += 1
    assert profiled.report is not None
    snapshot = filprofiler.Snapshot.load(profiled.report / "peak-memory.json")
    for size in re.findall(r"# expect-peak: (\d+)", text):
        assert snapshot.peak_bytes == pytest.approx(int(size), rel=0.02)
        expected += 1
    assert expected
    names = {"index.html", "peak-memory.json", "peak-memory.prof", "peak-memory-reversed.svg", "peak-memory.svg"}
    assert {path.name for path in profiled.report.iterdir()} == names
    for svg in profiled.report.glob("*.svg"):
        xml.etree.ElementTree.parse(svg)
    written = sum(count for _, count in profiled.stacks)
    assert 0.99 * snapshot.peak_bytes <= written <= snapshot.peak_bytes * 1.001 + snapshot_error(snapshot)


def snapshot_error(snapshot: filprofiler.Snapshot) -> int:
    """How far the engine says that threads may put the figures off, in bytes."""
    import json

    return int(json.loads(snapshot.profile)["error_bound_bytes"])
