# SPDX-License-Identifier: Apache-2.0
"""10,000 inputs, the same each time, under the sanitizers: readers of profiles and recordings,
writers with hostile names, mappings.

New ones are looked for by `./dev fuzz`.
"""

import subprocess
from pathlib import Path

import pytest
from support.fuzzing import build, seeds
from support.running import REPOSITORY

COUNTS = {"profiles": 6000, "blackboxes": 1000, "mappings": 3000}


@pytest.mark.parametrize("target", COUNTS)
def test_inputs(target: str, tmp_path: Path) -> None:
    compiler = ["cc", "-fsanitize=address,undefined", str(REPOSITORY / "tests/fuzz/inputs.c")]
    program = build(target, compiler, tmp_path)
    done = subprocess.run(
        [program, str(COUNTS[target]), *seeds(target, tmp_path)],
        capture_output=True,
        text=True,
        timeout=500,
    )
    last = done.stdout.splitlines()[-1:]
    assert (done.returncode, last) == (0, ["all good"]), f"input {last}: {done.stderr[-3000:]}"
