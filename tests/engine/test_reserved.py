# SPDX-License-Identifier: Apache-2.0
"""What a library maps for itself and never touches is no memory; what the program asks for itself
counts."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.reserving import RESERVING
from support.running import Outcome, run_profiled

from filprofiler.snapshots import Snapshot

MIB = 1 << 20


def run(program: str, tmp_path: Path, environment: dict[str, str], *options: str) -> Outcome:
    (tmp_path / "program.py").write_text(RESERVING + program)
    return run_profiled(
        ["program.py"], tmp_path / "out", options=options, env=environment, cwd=tmp_path
    )


def profile_of(done: Outcome) -> dict[str, Any]:
    assert done.report, done.stderr
    profile: dict[str, Any] = json.loads((done.report / "peak-memory.json").read_text())
    return profile


@pytest.mark.parametrize(
    ("program", "peak", "reserved"),
    [
        ("at = reserve(64, 8)", 8, 56),
        ("at = reserve(64, 64)", 64, 0),
        ("at = reserve(64, 8); held = bytearray(20 << 20)", 28, 56),
        (
            "held = bytearray(20 << 20); at = reserve(64, 8); "
            "library.give_back(ctypes.c_void_p(at), ctypes.c_size_t(64 << 20))",
            28,
            56,
        ),
        (
            "region = mmap.mmap(-1, 32 << 20)",
            32,
            0,
        ),  # the program's own, though nothing of it is touched
        (
            "libc = ctypes.CDLL(None); libc.malloc.restype = ctypes.c_void_p; at = "
            "libc.malloc(ctypes.c_size_t(32 << 20))",
            32,
            0,
        ),
    ],
    ids=["a part", "all", "beside a block", "given back", "mmap", "malloc"],
)
def test_only_what_is_touched_counts(
    program: str, peak: int, reserved: int, tmp_path: Path, victim_environment: dict[str, str]
) -> None:
    profile = profile_of(run(program, tmp_path, victim_environment))
    assert profile["peak_bytes"] == pytest.approx(peak * MIB, abs=2.5 * MIB)
    assert profile["reserved_bytes"] == reserved * MIB
    assert sum(node[3] for node in profile["nodes"]) == profile["peak_bytes"]
    assert max(profile["timeline"]["bytes"]) <= profile["peak_bytes"] + MIB


def test_it_is_said_and_is_no_reason_to_fail(
    tmp_path: Path, victim_environment: dict[str, str]
) -> None:
    done = run("at = reserve(64, 8)", tmp_path, victim_environment, "--fail-above", "30MiB")
    assert done.returncode == 0
    assert done.report
    summary = Snapshot.load(done.report / "peak-memory.json").native.render("summary").decode()
    assert "Reserved by libraries and never used, which takes no memory: 56.0 MiB\n" in summary


def test_numpy_and_its_ones(tmp_path: Path, victim_environment: dict[str, str]) -> None:
    """OpenBLAS maps 32 MiB at import and uses none of it."""
    profile = profile_of(
        run("import numpy\nkept = numpy.ones(160 << 17)", tmp_path, victim_environment)
    )
    assert 160 * MIB <= profile["peak_bytes"] < 172 * MIB
