# SPDX-License-Identifier: Apache-2.0
"""What was never touched is in no figure but where it is marked: each picture and each export holds
what the headline says."""

import csv
import io
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.pprofs import decoded
from support.running import run_profiled, soon
from support.terminals import LINE, fil

from filprofiler import Snapshot, _filext
from filprofiler.exportformats import WRITERS
from filprofiler.sizes import mebibytes
from filprofiler.snapshots import IMPORT_FILE
from filprofiler.tables import rows

MIB = 1 << 20
# `big` asks for 100 MiB and touches 10 of them; an import asks for 50 and touches none.
PROGRAM = """\
import mmap
def big():
    found = mmap.mmap(-1, 100 << 20)
    found[: 10 << 20] = bytes(10 << 20)
    return found
held = big(), bytearray(b"x" * (5 << 20))
import asking
"""
ASKING = "import mmap\nheld = mmap.mmap(-1, 50 << 20)\n"


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    (folder / "job.py").write_text(PROGRAM)
    (folder / "asking.py").write_text(ASKING)
    done = run_profiled([str(folder / "job.py")], folder / "out")
    assert done.report, done.stderr
    return done.report / "peak-memory.json"


@pytest.fixture(params=["peak", "end"])
def snapshot(profile: Path, request: pytest.FixtureRequest) -> Snapshot:
    loaded = Snapshot.load(profile)
    found = loaded.at_end() if request.param == "end" else loaded
    assert found.untouched_bytes == pytest.approx(140 * MIB, abs=MIB)
    assert found.in_use_bytes == pytest.approx(15 * MIB, abs=6 * MIB)
    return found


def weights(format: str, content: bytes) -> list[int]:
    """What the stacks of an export hold."""
    if format == "folded":
        return [int(line.rpartition(b" ")[2]) for line in content.splitlines()]
    if format == "csv":
        return [int(row["bytes"]) for row in csv.DictReader(io.StringIO(content.decode()))]
    if format == "speedscope":
        memory = json.loads(content)["profiles"][0]
        assert sum(memory["weights"]) == memory["endValue"]
        return [int(weight) for weight in memory["weights"]]
    return [sample.value[1] for sample in decoded(content).sample]


@pytest.mark.parametrize("format", ["folded", "csv", "speedscope", "pprof"])
def test_exports_hold_what_is_in_use(format: str, snapshot: Snapshot) -> None:
    held = weights(format, WRITERS[format](snapshot))
    assert sum(held) == snapshot.in_use_bytes
    assert min(held) > 0 and max(held) == pytest.approx(10 * MIB, abs=MIB)


@pytest.mark.parametrize("format", ["svg", "svg-reversed"])
def test_pictures_hold_what_is_in_use(format: str, snapshot: Snapshot) -> None:
    drawn = snapshot.native.render(format).decode()
    titles = re.findall(r"(?:Peak Memory|the End)(?:, Reversed)? \(([^)]*)\)", drawn)
    assert titles == [mebibytes(snapshot.in_use_bytes)] * 2
    boxes = re.findall(r"<title>(.*?) \(([\d,]+) bytes, ([\d.]+)%\)\n(.*?)</title>", drawn)
    name, held, share, rest = boxes[0]
    assert (name, int(held.replace(",", "")), share) == ("all", snapshot.in_use_bytes, "100.00")
    assert rest.endswith(f", {mebibytes(snapshot.untouched_bytes)} more never used")
    assert f">{mebibytes(snapshot.untouched_bytes)} more was allocated but never used" in drawn
    big = [box for box in boxes if box[0].endswith("job.py:3 (big)")]
    assert big and big[0][3] == "10.0 MiB, 90.0 MiB more never used"
    assert not [box for box in boxes if "asking.py:2" in box[0]]


def test_the_files_are_the_same(profile: Path) -> None:
    snapshot = Snapshot.load(profile)
    for format, name in (("prof", ".prof"), ("svg", ".svg"), ("svg-reversed", "-reversed.svg")):
        path = profile.with_name(f"peak-memory{name}")
        assert path.read_bytes() == snapshot.native.render(format)


def test_imports_and_stacks(snapshot: Snapshot) -> None:
    table = {
        row.frame.function.removeprefix("import "): row.in_use_bytes
        for row in rows(snapshot)
        if row.frame.file == IMPORT_FILE and row.in_use_bytes
    }
    assert dict(snapshot.imports) == table and table.get("asking", 0) < MIB
    held = sum(stack.bytes for stack in snapshot.stacks)
    untouched = sum(stack.untouched_bytes for stack in snapshot.stacks)
    assert (held, untouched) == (snapshot.peak_bytes, snapshot.untouched_bytes)


def test_the_page_is_called_by_it(profile: Path) -> None:
    snapshot = Snapshot.load(profile)
    page = profile.with_name("index.html").read_text()
    assert f"<title>Peak Memory ({mebibytes(snapshot.in_use_bytes)})</title>" in page


def test_where_memory_ran_out_all_counts(profile: Path) -> None:
    """It is the asking that failed."""
    data = json.loads(profile.read_text()) | {"kind": "out-of-memory"}
    data.pop("end")
    short = Snapshot(json.dumps(data).encode())
    assert short.in_use_bytes == short.peak_bytes > 150 * MIB
    assert sum(weights("csv", WRITERS["csv"](short))) == short.peak_bytes
    drawn = _filext.render(short.profile, "svg").decode()
    assert f"It Ran Out ({mebibytes(short.peak_bytes)})" in drawn
    assert "of it was allocated but never used" in drawn


def test_the_package_below_is_that_of_what_is_in_use(tmp_path: Path) -> None:
    """One library asks for more, the other touches more."""
    site = tmp_path / "site-packages"
    site.mkdir()
    asks = "import mmap\ndef ask(): return mmap.mmap(-1, 80 << 20)\n"
    (site / "asks.py").write_text(asks)
    (site / "uses.py").write_text("def use(): return bytearray(b'x' * (20 << 20))\n")
    (tmp_path / "job.py").write_text(
        "import sys; sys.path.insert(0, 'site-packages')\n"
        "import asks, uses\nheld = asks.ask(), uses.use()\n"
    )
    done = run_profiled(["job.py"], tmp_path / "out", cwd=tmp_path)
    assert done.report, done.stderr
    table = json.loads(fil("table", "--json", str(done.report)).stdout)
    assert table["rows"][0]["line"] == 3 and table["rows"][0]["below"] == "uses"
    assert "in uses" in done.stderr


def test_live_says_what_is_in_use(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(PROGRAM.replace("import asking", "input()"))
    job = [*LINE, "-o", "out", "run", "job.py"]
    live = [*LINE, "live", "out"]
    quiet: dict[str, Any] = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.DEVNULL,
    }
    with subprocess.Popen(job, cwd=tmp_path, **quiet) as running:
        assert soon(lambda: "bytearray" in fil("summary", "out", cwd=tmp_path).stdout)
        with subprocess.Popen(live, cwd=tmp_path, text=True, **quiet) as shown:
            assert shown.stdout
            first, second = shown.stdout.readline(), shown.stdout.readline()
            running.communicate(b"\n")
    figures = [float(text) for text in re.findall(r"(?:now|peak) ([\d.]+) MiB", first)]
    assert figures == [pytest.approx(15, abs=6)] * 2, first
    assert second.split()[:2] == ["10.0", "MiB"], second
