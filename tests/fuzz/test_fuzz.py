# SPDX-License-Identifier: Apache-2.0
"""10,000 inputs, the same each time, under the sanitizers: readers of profiles and recordings,
writers with hostile names, mappings.

New ones are looked for by `./dev fuzz`.
"""

import subprocess
from pathlib import Path

import pytest
from support.compiled import SANITIZED, objects
from support.fuzzing import SOURCES, build, compile_victim, seeds
from support.running import REPOSITORY, shared

COUNTS = {"profiles": 6000, "blackboxes": 1000, "mappings": 3000}


@pytest.mark.parametrize("target", COUNTS)
def test_inputs(target: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    compiler = ["cc", "-fsanitize=address,undefined", str(REPOSITORY / "tests/fuzz/inputs.c")]
    compiled = objects(tmp_path_factory, SANITIZED, SOURCES[target])
    program = build(target, compiler, tmp_path, compiled)

    def victim() -> Path:
        return shared(tmp_path_factory, "victim", compile_victim) / "victim"

    done = subprocess.run(
        [program, str(COUNTS[target]), *seeds(target, tmp_path, victim)],
        capture_output=True,
        text=True,
        timeout=500,
    )
    last = done.stdout.splitlines()[-1:]
    assert (done.returncode, last) == (0, ["all good"]), f"input {last}: {done.stderr[-3000:]}"
