# SPDX-License-Identifier: Apache-2.0
"""The C tests, compiled here: plain, and under the sanitizers."""

import subprocess
from pathlib import Path

import pytest
from conftest import REPOSITORY

SOURCES = [*(REPOSITORY / "filext/engine").glob("*.c"), *(REPOSITORY / "filext/platform").glob("*.c")]
FLAGS = {
    "plain": ["-O2"],
    "asan-ubsan": ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover"],
    "tsan": ["-g", "-O1", "-fsanitize=thread"],
}


@pytest.mark.parametrize("build", FLAGS)
def test_engine(build: str, tmp_path: Path) -> None:
    program = tmp_path / "test_engine"
    warnings = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"]
    test = REPOSITORY / "tests/c/test_engine.c"
    subprocess.run(["cc", *warnings, *FLAGS[build], "-o", program, test, *SOURCES, "-lpthread"], check=True)
    done = subprocess.run([program], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "all good\n"), done.stderr
