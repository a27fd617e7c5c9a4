# SPDX-License-Identifier: Apache-2.0
"""Python's face: recordings from code, snapshots, and what happens without the profiler."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import run_profiled

import filprofiler
from filprofiler import _filext


def test_without_the_shim() -> None:
    import filprofiler.api

    for call in (filprofiler.start, filprofiler.stop, filprofiler.snapshot):
        with pytest.raises(RuntimeError, match="fil-profile run"):
            call()
    with pytest.raises(RuntimeError, match="Python 3 with Fil"):
        filprofiler.api.profile(lambda: 1, "nowhere")


def test_import_is_light() -> None:
    code = "import sys; before = set(sys.modules); import filprofiler, filprofiler.api; print(set(sys.modules) - before)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for heavy in ("IPython", "numpy", "json", "argparse", "pathlib"):
        assert f"'{heavy}'" not in modules


def test_recordings_one_after_another(tmp_path: Path) -> None:
    script = """
import filprofiler
import json, filprofiler.snapshots
from filprofiler.api import profile
before = bytearray(30_000_000)
for size in (10_000_000, 5_000_000):
    with filprofiler.recording() as result:
        block = bytearray(size)
        so_far = filprofiler.snapshot()
        del before, block
        before = bytearray(100)
    assert abs(so_far.peak_bytes - size) < 100_000, so_far
    assert abs(result.snapshot.peak_bytes - size) < 900_000, result.snapshot
    top = result.snapshot.top_lines(1)[0]
    assert (top.frame.line, top.frame.function, top.source) == (8, '<module>', 'block = bytearray(size)'), top
def work():
    return len(bytearray(20_000_000))
assert profile(work, 'here') == 20_000_000
snapshot = filprofiler.Snapshot.load('here/peak-memory.json')
assert [str(frame).split('/')[-1] for frame in snapshot.stacks[0].frames] == ['a.py:18 (<module>)', 'a.py:17 (work)'], snapshot.stacks[0]
def fail():
    raise KeyError('mine')
try:
    profile(fail, 'failed')
except KeyError as error:
    print(error)
filprofiler.start()
try:
    filprofiler.start()
except RuntimeError as error:
    print('already' in str(error))
"""
    (tmp_path / "a.py").write_text(script)
    done = run_profiled(["a.py"], tmp_path / "out", command="python")
    assert (done.stdout, done.program_stderr, done.returncode) == ("'mine'\nTrue\n", "", 0)
    assert (tmp_path / "failed/index.html").exists()


@pytest.mark.parametrize("profile", [b"", b"{}", b"[1]", b'{"format": "filprofiler", "version": 2}', b"\xff" * 100])
def test_what_is_no_profile(profile: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a profile"):
        _filext.render(profile, "svg")
    (tmp_path / "bad.json").write_bytes(profile)
    with pytest.raises(ValueError, match=r"bad\.json: not a profile"):
        filprofiler.Snapshot.load(tmp_path / "bad.json")
