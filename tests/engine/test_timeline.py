# SPDX-License-Identifier: Apache-2.0
"""Live memory over time: the shape of a program whose memory goes up in steps, to a plateau, and
down again."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.pages import SMALL
from support.profiles import profile_in
from support.running import run_profiled

from filprofiler import _filext

UP_AND_DOWN = """
import os, sys, time
kept = []
for _ in range(50):
    kept.append(bytearray(2_000_000))
    time.sleep(0.01)
plateau = bytearray(200_000_000)
time.sleep(0.3)
del plateau
for _ in range(200_000): bytearray(70_000)
kept.clear()
time.sleep(0.3)
rest = bytearray(10_000_000)
if sys.argv[1] == "kill": os.kill(os.getpid(), 9)
"""
MB = 1_000_000


@pytest.mark.parametrize("how", ["end", "kill"])
def test_the_shape(how: str, tmp_path: Path) -> None:
    """To a 256th of the peak, whatever reads it; at most so many points, however long and restless
    the program."""
    (tmp_path / "up.py").write_text(UP_AND_DOWN)
    done = run_profiled(["up.py", how], tmp_path / "out", cwd=tmp_path)
    assert done.report, done.stderr
    profile: dict[str, Any] = json.loads((done.report / "peak-memory.json").read_text())
    line = profile["timeline"]["bytes"]
    assert max(line) == profile["peak_bytes"] == pytest.approx(300 * MB, rel=0.02)
    peak = line.index(max(line))
    assert (
        all(after >= before - 2 * MB for before, after in pairwise(line[:peak]))
        and line[peak - 1] <= 104 * MB
    )
    assert 4 < len(line) <= 2048 and profile["timeline"]["bucket_seconds"] * len(
        line
    ) == pytest.approx(profile["seconds"], rel=0.5)
    assert int(profile["peak_at_seconds"] / profile["timeline"]["bucket_seconds"]) in (
        peak - 1,
        peak,
        peak + 1,
    )
    assert min(line[peak:]) < 10 * MB
    if how == "kill":
        assert profile["live_bytes"] == pytest.approx(10 * MB, rel=0.1) and line[
            -1
        ] == pytest.approx(10 * MB, rel=0.2)


def resident(profile: dict[str, Any]) -> tuple[list[int], float]:
    """Process memory by period, 0 where it wasn't read, and how long a period is."""
    line = profile["timeline"]
    assert len(line["resident_bytes"]) == len(line["bytes"])
    return line["resident_bytes"], line["bucket_seconds"]


HELD_TWICE = """
import os, sys, time
def hold(size):
    block = bytearray(size)
    for _ in range(10): time.sleep(0.03); str(time.time())
def noise():
    for _ in range(10): time.sleep(0.02); [str(number) for number in range(100)]
{before}
hold(200_000_000); noise(); hold(100_000_000); noise()
{after}
"""


def read_of(text: str, tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "held.py").write_text(text)
    done = run_profiled(["held.py"], tmp_path / "out", cwd=tmp_path)
    assert done.report, done.stderr
    return dict(json.loads((done.report / "peak-memory.json").read_text()))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("", "os.kill(os.getpid(), 9)"),
        ("", "hold(1_000_000) if os.fork() else os._exit(0)"),
        (
            "import threading\n"
            "threads = [threading.Thread(target=noise) for _ in range(4)]\n"
            "for thread in threads: thread.start()\n",
            "",
        ),
    ],
    ids=["end", "kill", "fork", "threads"],
)
def test_process_memory_over_time(before: str, after: str, tmp_path: Path) -> None:
    """It follows what is held: 200 MB, nothing, 100 MB, nothing; beside what the process has
    anyway."""
    profile = read_of(HELD_TWICE.format(before=before, after=after), tmp_path)
    line, _ = resident(profile)
    known = [held for held in line if held]
    base = profile["resident"]["start_bytes"]
    assert 0 < base < 60 * MB and known[0] >= base
    largest = line.index(max(line))
    assert max(line) == pytest.approx(base + 200 * MB, abs=15 * MB)
    later = line[largest:]
    while later and (later[0] == 0 or later[0] > base + 60 * MB):  # down to nothing held
        later = later[1:]
    assert max(later) == pytest.approx(base + 100 * MB, abs=15 * MB)
    assert known[-1] < base + 30 * MB
    assert max(line) == pytest.approx(profile["resident"]["most_bytes"], rel=1 / 64, abs=MB)
    assert max(line) >= profile["resident"]["at_peak_bytes"]


def test_process_memory_of_what_is_not_tracked(tmp_path: Path) -> None:
    """A file of 200 MB that is mapped and read: process memory stands above the tracked."""
    profile = read_of(
        "import mmap\n"
        "with open('big.bin', 'wb') as file: file.truncate(200_000_000)\n"
        "file = open('big.bin', 'rb')\n"
        "mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)\n"
        "for at in range(0, 200_000_000, 4096): mapped[at]\n"
        "mapped.close()\n",
        tmp_path,
    )
    line, _ = resident(profile)
    assert max(line) >= 200 * MB > 10 * profile["peak_bytes"]
    peak = line.index(max(line))
    assert profile["timeline"]["bytes"][peak] < 20 * MB


def test_each_recording_has_its_own(tmp_path: Path) -> None:
    """A second recording knows nothing of the first one's 200 MB, nor of the time between."""
    (tmp_path / "twice.py").write_text(
        "import json, filprofiler\n"
        "for size in (200_000_000, 50_000_000):\n"
        "    filprofiler.start()\n"
        "    block = bytearray(size)\n"
        "    del block\n"
        "    [str(number) for number in range(100)]\n"
        "    print(filprofiler.stop().native.render('json').decode().replace('\\n', ' '))\n"
    )
    done = run_profiled(["twice.py"], tmp_path / "out", command="python", cwd=tmp_path)
    first, second = (json.loads(text) for text in done.stdout.splitlines())
    assert max(resident(first)[0]) > 200 * MB
    base = second["resident"]["start_bytes"]
    assert max(resident(second)[0]) == pytest.approx(base + 50 * MB, abs=15 * MB)


def test_json_keeps_both_lines(tmp_path: Path) -> None:
    """Written, read and written again they are the same; in a page there are fewer periods, each
    with the most of several. A list of another length is left out."""
    count = 1500
    line: dict[str, Any] = {
        "bucket_seconds": 0.008,
        "bytes": [number % 97 for number in range(count)],
        "resident_bytes": [0 if number % 3 else 1000 + number for number in range(count)],
    }
    profile = json.loads(SMALL) | {"timeline": line, "peak_at_seconds": 0.5}
    read = _filext.read_profile(json.dumps(profile).encode())
    assert json.loads(read.render("json"))["timeline"] == line
    shown = profile_in(read.render("html").decode())["timeline"]
    together = -(-count // len(shown["bytes"]))
    assert together > 1 and len(shown["resident_bytes"]) == len(shown["bytes"])
    assert shown["resident_bytes"] == [
        max(line["resident_bytes"][at : at + together]) for at in range(0, count, together)
    ]
    line["resident_bytes"].pop()
    read = _filext.read_profile(json.dumps(profile).encode())
    assert "resident_bytes" not in json.loads(read.render("json"))["timeline"]
