# SPDX-License-Identifier: Apache-2.0
"""Child processes aren't counted, and the report says so, with their number and the largest's
size."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.running import run_profiled, same

HOLDS = "x = bytearray(b'x') * 100_000_000"
START = "import os, signal, subprocess, sys, time\n"
LINE = f"""line = [sys.executable, "-c", "{HOLDS}"]\n"""
POOL = """
from multiprocessing import get_context
def hold(size): return len(bytearray(b"x") * size)
if __name__ == "__main__":
    own = bytearray(b"x") * 50_000_000
    with get_context("METHOD").Pool(2) as pool: print(pool.map(hold, [160_000_000] * 2))
"""
FORKS = """
for code in CODES:
    process = os.fork()
    if not process: os._exit(code)
    os.waitpid(process, 0)
"""


def children_of(program: str, folder: Path) -> tuple[dict[str, Any], str]:
    """Run it: what the JSON has of children, and the line that is said of them."""
    (folder / "program.py").write_text(START + program)
    done = same(["program.py"], folder, cwd=folder)
    assert done.report, done.stderr
    said = re.findall(r"^=fil-profile= (\d+ child process.*)$", done.stderr, re.M)
    data = json.loads((done.report / "peak-memory.json").read_text())
    assert len(said) == ("children" in data), done.stderr
    return data.get("children", {}), said[0] if said else ""


@pytest.mark.parametrize(
    "way",
    [
        "subprocess.run(line)",
        "subprocess.run(line, preexec_fn=lambda: None)",
        "os.system(f'{line[0]} -c \"{line[2]}\"')",
        "os.waitpid(os.posix_spawn(line[0], line, os.environ), 0)",
        "os.waitpid(os.posix_spawnp(line[0], line, os.environ), 0)",
        "os.popen(f'{line[0]} -c \"{line[2]}\"').read()",
    ],
)
def test_a_program_of_100_mb(way: str, tmp_path: Path) -> None:
    found, said = children_of(LINE + way, tmp_path)
    assert found["count"] == 1 and found["running"] == 0
    assert 100e6 < found["largest_resident_bytes"] < 125e6
    assert said.startswith("1 child process ran, not counted; it held 1")


@pytest.mark.parametrize(("method", "count", "shared"), [("fork", 2, 50e6), ("spawn", 3, 0)])
def test_a_pool(method: str, count: int, shared: float, tmp_path: Path) -> None:
    """Spawning makes a process of its own that keeps track of names. What was forked has its
    parent's pages."""
    found, said = children_of(POOL.replace("METHOD", method), tmp_path)
    assert found["count"] == count and shared <= found["shared_bytes"] < shared + 30e6
    assert 160e6 + shared < found["largest_resident_bytes"] < 190e6 + shared
    assert said.startswith(f"{count} child processes ran, not counted")
    assert ("of it shared with this program" in said) == (shared > 0)


def test_what_the_parent_held_is_not_the_childs(tmp_path: Path) -> None:
    """The system's figure of a child has what its parent had: 200 MB, and the child nearly
    nothing."""
    found, said = children_of(
        "kept = bytearray(b'x') * 200_000_000\nsubprocess.run(['/bin/true'])", tmp_path
    )
    assert found["count"] == 1 and found["largest_resident_bytes"] == 0
    assert found["at_most_bytes"] > 200e6
    assert re.fullmatch(
        r"1 child process ran, not counted; it held no more than 2\d\d\.\d MiB \(RSS\)", said
    )


@pytest.mark.parametrize(
    "many",
    ["for _ in range(200): subprocess.run(['/bin/true'])", FORKS.replace("CODES", "[0, 3] * 100")],
)
def test_hundreds_of_tiny_ones(many: str, tmp_path: Path) -> None:
    found, said = children_of(many, tmp_path)
    assert found["count"] == 200 and found["largest_resident_bytes"] == 0
    assert said.startswith("200 child processes ran, not counted; none held more than ")


def test_one_that_still_runs(tmp_path: Path) -> None:
    line = [sys.executable, "-c", HOLDS + "; print(flush=True); import time; time.sleep(5)"]
    found, said = children_of(
        f"p = subprocess.Popen({line!r}, stdout=subprocess.PIPE)\np.stdout.readline()", tmp_path
    )
    assert (found["count"], found["running"]) == (1, 1) and 100e6 < found[
        "largest_resident_bytes"
    ] < 125e6
    assert "1 child process ran, not counted (it still runs); it held " in said


def test_one_that_was_not_waited_for(tmp_path: Path) -> None:
    """A zombie, which stays one; and a child of a program that doesn't want to be told of them."""
    found, _ = children_of(
        LINE + "p = os.posix_spawn(line[0], line, os.environ)\ntime.sleep(2)", tmp_path
    )
    assert (found["count"], found["running"]) == (1, 0) and 100e6 < found[
        "largest_resident_bytes"
    ] < 125e6
    found, said = children_of(
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\nif not os.fork(): os._exit(0)\n"
        "time.sleep(1)",
        tmp_path,
    )
    assert found["count"] == 1 and said == "1 child process ran, not counted"


def test_a_daemon(tmp_path: Path) -> None:
    """Forked twice: the first is this program's child, the second is not."""
    found, _ = children_of(
        "if not os.fork():\n    if not os.fork(): time.sleep(3)\n    os._exit(0)\nos.wait()",
        tmp_path,
    )
    assert (found["count"], found["running"]) == (1, 0)


def test_none(tmp_path: Path) -> None:
    assert children_of("kept = bytearray(1000)", tmp_path) == ({}, "")


def test_a_killed_parent(tmp_path: Path) -> None:
    (tmp_path / "killed.py").write_text(
        START + LINE + "subprocess.run(line)\nos.kill(os.getpid(), 9)"
    )
    done = run_profiled(["killed.py"], tmp_path / "out", cwd=tmp_path)
    assert (
        done.returncode == -9
        and "=fil-profile= 1 child process ran, not counted; it held 1" in done.stderr
    )


def test_each_recording_has_its_own(tmp_path: Path) -> None:
    """The largest so far was of before the recording, which doesn't claim it; one that goes on and
    sleeps isn't its, either."""
    program = (
        START
        + LINE
        + """
import filprofiler
def count(): return recording.snapshot.data.get("children", {})
subprocess.run(line)
sleeps = subprocess.Popen(["/bin/sleep", "60"])
with filprofiler.recording() as recording: pass
print(count() == {})
with filprofiler.recording() as recording: subprocess.run(["/bin/true"])
print(count()["count"], count()["largest_resident_bytes"])
with filprofiler.recording() as recording: subprocess.run(line)
print(count()["count"], 100e6 < count()["largest_resident_bytes"] < 125e6)
sleeps.kill()
"""
    )
    (tmp_path / "records.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-m", "filprofiler", "python", "records.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["True", "1", "0", "1", "True"], done.stderr


def test_exec(tmp_path: Path) -> None:
    (tmp_path / "replaced.py").write_text(
        START + "time.sleep(1)\nos.execv('/bin/sleep', ['sleep', '1'])"
    )
    done = run_profiled(["replaced.py"], tmp_path / "out", cwd=tmp_path)
    words = (
        r"The program replaced itself by sleep \(exec\) after \d+\.\d s; what it did "
        r"afterwards isn't counted; "
    )
    assert done.returncode == 0 and re.search(words, done.stderr), done.stderr
