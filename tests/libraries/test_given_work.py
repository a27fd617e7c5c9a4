# SPDX-License-Identifier: Apache-2.0
"""Work that a library's own Python threads do: its memory is at the line that gave the work.

Each victim marks that line `# held`, and says how many bytes the threads keep for it.
"""

import json
from pathlib import Path

import pytest
from support.held import VICTIMS, held_line
from support.running import run_profiled

GIVEN = ["dask_threads", "joblib_batches", "zarr_chunks"]


@pytest.mark.parametrize("name", GIVEN)
def test_memory_of_given_work_is_at_its_line(name: str, tmp_path: Path) -> None:
    victim = VICTIMS / f"{name}.py"
    profiled = run_profiled([str(victim)], tmp_path / "out")
    assert profiled.returncode == 0, profiled.stderr
    truth, frame = json.loads(profiled.stdout), f"{victim.name}:{held_line(victim)} "
    assert truth >= 90_000_000
    at_line = sum(count for stack, count in profiled.stacks if frame in stack)
    assert at_line == pytest.approx(truth, rel=0.05)
