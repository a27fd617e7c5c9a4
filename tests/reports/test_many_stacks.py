# SPDX-License-Identifier: Apache-2.0
"""Programs with very many call stacks that hold a little each: nothing of the promise is cut, and
only the pictures are."""

import json
from pathlib import Path

import pytest
from support.profiles import profile_in
from support.running import run_profiled

# `callers` functions call 1,000 others, each on a line of its own: every call is a stack of its
# own.
PROGRAM = """
import sys

callers, kept = int(sys.argv[1]), []
space = {"kept": kept}
exec("\\n".join(f"def leaf{number}(): kept.append([0] * 30)" for number in range(1000)), space)
exec("\\n".join(f"def caller{number}(leaf): leaf()" for number in range(callers)), space)
leaves = [space[f"leaf{number}"] for number in range(1000)]
for number in range(callers):
    caller = space[f"caller{number}"]
    for leaf in leaves:
        caller(leaf)
"""


@pytest.mark.parametrize("thousands", [50, 1000])
def test_many_stacks(thousands: int, tmp_path: Path) -> None:
    (tmp_path / "many.py").write_text(PROGRAM)
    done = run_profiled(["many.py", str(thousands)], tmp_path / "out")
    assert done.returncode == 0 and done.report, done.stderr
    data = json.loads((done.report / "peak-memory.json").read_text())
    peak = data["peak_bytes"] - data["untouched_bytes"]
    assert peak > thousands * 1000 * 296
    held, lines = 0, 0
    with open(done.report / "peak-memory.prof") as file:
        for line in file:
            held += int(line.rpartition(" ")[2])
            lines += "(leaf" in line
    assert held == peak
    assert lines > 980 * thousands
    # The page is small, and says how much it left out.
    page = (done.report / "index.html").read_text()
    assert len(page) < 3_000_000
    shown = profile_in(page)
    assert thousands == 50 or shown["nodes"][0][5] == pytest.approx(peak, rel=0.001)
    rows = shown["answers"]["function"]
    asked = sum(row[2] for row in rows["rows"]) + rows["left_out"]["self"]
    assert asked == pytest.approx(data["peak_bytes"], rel=0.001)
    assert (
        len([row for row in rows["rows"] if shown["functions"][row[0]][0].startswith("leaf")])
        >= 1000
    )
    assert (
        thousands == 50 or sum(node[6] for node in shown["inverted"]) > 1000
    )  # callers, too small to be drawn one by one
    assert all(
        (done.report / f"peak-memory{name}.svg").stat().st_size < 3_000_000
        for name in ("", "-reversed")
    )


EVALS = """
import sys
kept = []
for number in range(int(sys.argv[1])):
    kept.append(eval("[number]"))
    if number >= 100: kept.clear()
"""


def test_very_many_code_objects_of_one_name(tmp_path: Path) -> None:
    """Each `eval` makes a code object; a program that does so for days takes no more of ours than
    one that did so for a second."""
    (tmp_path / "evals.py").write_text(EVALS)
    own = []
    for count in ("1000", "200000"):
        done = run_profiled(["evals.py", count], tmp_path / count)
        assert done.returncode == 0 and done.report, done.stderr
        own.append(
            json.loads((done.report / "peak-memory.json").read_text())["resident"]["profiler_bytes"]
        )
    assert own[1] < own[0] + (1 << 20)


AT_THE_LIMIT = """
import ctypes, os, resource
def mapped(): return int(open("/proc/self/statm").read().split()[0]) * 4096
resource.setrlimit(resource.RLIMIT_AS, (mapped() + (60 << 20),) * 2)
{end}
"""
SURVIVES = """
ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))  # at the end it is all still there
malloc = ctypes.CDLL(None).malloc
malloc.argtypes, malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
assert malloc(59 << 20)
"""


@pytest.mark.parametrize(
    ("end", "stem", "code"),
    [
        ("while True: kept.append(bytearray(3_000_000))", "out-of-memory", 53),
        ("while True: kept.append([0] * 30)", "out-of-memory", 53),
        (SURVIVES, "peak-memory", 0),
    ],
    ids=["large", "small", "survives"],
)
def test_many_stacks_where_memory_is_limited(
    end: str, stem: str, code: int, tmp_path: Path
) -> None:
    """What the writers need is set aside, however many stacks there are."""
    (tmp_path / "many.py").write_text(PROGRAM + AT_THE_LIMIT.format(end=end))
    done = run_profiled(["many.py", "200"], tmp_path / "out")
    assert done.returncode == code and done.report, done.stderr
    assert "Can't write " not in done.stderr
    assert {path.name for path in done.report.iterdir()} == {"index.html"} | {
        f"{stem}{ending}" for ending in (".svg", "-reversed.svg", ".prof", ".json")
    }
    lines = (done.report / f"{stem}.prof").read_text().splitlines()
    assert (
        len(lines) > 150_000
        and sum(int(line.rpartition(" ")[2]) for line in lines) > 0.99 * 200_000 * 296
    )


STOP_AT_THE_LIMIT = """
import filprofiler.snapshots
malloc = ctypes.CDLL(None).malloc
malloc.argtypes, malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
try:
    while True: kept.append([0] * 30)
except MemoryError: pass
while malloc(60_000): pass
result = filprofiler.stop()
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
print(result.peak_bytes > 50_000 * 296, len(result.stacks) > 50_000)
"""


def test_a_recording_can_be_stopped_where_nothing_is_left(tmp_path: Path) -> None:
    program = (
        "import filprofiler\nfilprofiler.start()\n"
        + PROGRAM
        + AT_THE_LIMIT.format(end=STOP_AT_THE_LIMIT)
    )
    (tmp_path / "many.py").write_text(
        program.replace("(60 << 20),) * 2", "(9 << 20), resource.RLIM_INFINITY)")
    )
    done = run_profiled(["many.py", "50"], tmp_path / "out", command="python")
    assert (done.returncode, done.stdout) == (0, "True True\n"), done.stderr
