# SPDX-License-Identifier: Apache-2.0
"""Memory of real libraries that is soon gone: the peak is by how much resident memory grew.

Each victim takes steps of several sizes, whose temporaries live longer the larger they are. What
mimalloc once had in memory it gives back at some later step: with it, each size has its process.
DuckDB's queries take 20 MB or more: docs/libraries.md says how far off smaller ones are.
"""

import json
from pathlib import Path

import pytest
from support.held import TOLERANCE, VICTIMS
from support.running import run_profiled

SIZES = ["500000", "2000000", "6000000"]
CASES = [
    ["polars_two_buffers"],
    ["polars_sum"],
    ["pyarrow_steps", "system", *SIZES],
    ["pyarrow_steps", "jemalloc", *SIZES],
    ["pyarrow_steps", "mimalloc", "1000000"],
    ["pyarrow_steps", "mimalloc", "8000000"],
    ["pyarrow_take", "jemalloc", *SIZES],
    ["pyarrow_take", "mimalloc", "3000000"],
    ["duckdb_sort"],
    ["duckdb_group_by"],
]


def why_not(case: list[str]) -> str:
    """Why it can't be run here, or an empty string."""
    if not case[0].startswith("pyarrow"):
        return ""
    import pyarrow

    has_it = case[1] in pyarrow.supported_memory_backends()
    return "" if has_it else f"this pyarrow is built without {case[1]}"


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_passing_memory_is_in_the_peak(case: list[str], tmp_path: Path) -> None:
    if reason := why_not(case):
        pytest.skip(reason)
    victim, *arguments = case
    call = [str(VICTIMS / f"{victim}.py"), *arguments]
    profiled = run_profiled(call, tmp_path / "out", command="python")
    assert profiled.returncode == 0, profiled.stderr
    steps = json.loads(profiled.stdout)
    assert steps
    for step in steps:
        assert step["peak"] == pytest.approx(step["growth"], rel=TOLERANCE), steps
