# SPDX-License-Identifier: Apache-2.0
"""What lives for some milliseconds in memory that counts by looking is seen before it goes."""

import json
import subprocess
from pathlib import Path

import pytest
from support.running import REPOSITORY, run_profiled

WAYS = ["munmap", "drop", "free lazily", "drop in pieces", "replace", "shrink", "free", "realloc"]


def peak_of(program: str, tmp_path: Path) -> int:
    """The peak of a program that may call `library`, which is tests/engine/c/temporaries.c."""
    library = tmp_path / "temporaries.so"
    source = REPOSITORY / "tests/engine/c/temporaries.c"
    subprocess.run(["cc", "-O2", "-fPIC", "-shared", "-o", library, source], check=True)
    script = tmp_path / "program.py"
    script.write_text(f"import ctypes\nlibrary = ctypes.CDLL({str(library)!r})\n{program}\n")
    profiled = run_profiled([str(script)], tmp_path / "out")
    assert profiled.returncode == 0 and profiled.report is not None, profiled.stderr
    profile = json.loads((profiled.report / "peak-memory.json").read_text())
    return int(profile["peak_bytes"])


@pytest.mark.parametrize("way", WAYS)
def test_two_temporaries_count_though_nothing_happens_meanwhile(way: str, tmp_path: Path) -> None:
    """Both of 80 MiB lie there when the first of them, or a block of 2 MiB beside them, goes."""
    peak = peak_of(f"library.hold_two({WAYS.index(way)})", tmp_path)
    assert peak == pytest.approx(162 << 20, rel=0.02)
