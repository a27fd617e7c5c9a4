# SPDX-License-Identifier: Apache-2.0
"""What is in use, asked for less never touched, is one figure wherever people read it."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from support.terminals import fil

from filprofiler import Snapshot

pytest.importorskip("numpy", reason="the program makes arrays")

MIB = 1 << 20
ASKED, TOUCHED = 200 * MIB, 40 * MIB
PROGRAM = f"""\
import numpy as np
a = np.zeros({ASKED}, np.uint8)
b = np.ones({TOUCHED}, np.uint8)
"""
SMALLER = f"""\
import numpy as np
a = None
b = np.ones({TOUCHED - 10 * MIB}, np.uint8)
"""
NOTE = "200.0 MiB more was allocated but never used: it took no memory"


class Ran:
    """A run of the program in a folder of its own."""

    def __init__(self, folder: Path, program: str, *options: str) -> None:
        (folder / "job.py").write_text(program)
        command = ["-o", "out", "run", "--no-browser", *options, "job.py"]
        self.folder, self.run = folder, fil(*command, cwd=folder)

    def say(self, *command: str) -> str:
        done = fil(*command, "out", cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def data(self, *command: str) -> dict[str, object]:
        found = json.loads(self.say(*command, "--json"))
        return found if isinstance(found, dict) else found[0]

    @property
    def profile(self) -> Path:
        return next(self.folder.glob("out/*/peak-memory.json"))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return Ran(tmp_path_factory.mktemp("ran"), PROGRAM, "--fail-above", "100MiB")


@pytest.fixture(scope="module")
def smaller(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return Ran(tmp_path_factory.mktemp("smaller"), SMALLER)


def whole(ran: Ran) -> str:
    """The figure that all have to say: 40 MiB and what numpy's import holds."""
    snapshot = Snapshot.load(ran.profile)
    assert snapshot.untouched_bytes == pytest.approx(ASKED, abs=MIB // 8)
    in_use = snapshot.peak_bytes - snapshot.untouched_bytes
    assert in_use == snapshot.in_use_bytes and TOUCHED < in_use < TOUCHED + 30 * MIB
    assert repr(snapshot) == f"<filprofiler.Snapshot: peak {in_use / MIB:.1f} MiB>"
    return f"{in_use / MIB:.1f} MiB"


def test_the_end_of_run(ran: Ran) -> None:
    said = ran.run.stderr
    assert f"Peak memory: {whole(ran)} in use" in said and NOTE in said
    assert re.search(
        r"Still in use at the end: [4-6]\d\.\d MiB, 40\.0 MiB of it by job\.py:3  b = ", said
    )


def test_the_budget_of_run_counts_what_was_asked_for(ran: Ran) -> None:
    asked = Snapshot.load(ran.profile).peak_bytes / MIB
    assert ran.run.returncode == 54
    failed = (
        f"Failed: {asked:.1f} MiB were allocated at the peak (200.0 MiB of it never used), "
        "more than the 100.0 MiB of --fail-above; "
    )
    assert failed + "the largest: 200.0 MiB  " in ran.run.stderr
    assert "job.py:2  <module>  a = np.zeros(" in ran.run.stderr.partition("the largest: ")[2]


def test_list(ran: Ran) -> None:
    assert ran.say("list").splitlines()[1].split("  ")[1].strip() == whole(ran)
    listed, snapshot = ran.data("list"), Snapshot.load(ran.profile)
    assert listed["peak_bytes"] == snapshot.peak_bytes
    assert listed["untouched_bytes"] == snapshot.untouched_bytes


@pytest.mark.parametrize("moment", ["peak", "end"])
def test_summary(ran: Ran, moment: str) -> None:
    said = ran.say("summary", "--at", moment)
    assert (
        f"{whole(ran)} in use" in said
        if moment == "peak"
        else f", of a peak of {whole(ran)}" in said
    )
    lines = [line.split() for line in said.splitlines()]
    assert lines[1][:2] == ["40.0", "MiB"] and lines[1][4] == "job.py:3"
    assert said.splitlines()[-1] == NOTE
    found = ran.data("summary", "--at", moment)
    assert int(str(found["untouched_bytes"])) == pytest.approx(ASKED, abs=MIB // 8)


@pytest.mark.parametrize("moment", ["peak", "end"])
def test_tree(ran: Ran, moment: str) -> None:
    lines = ran.say("tree", "--at", moment).splitlines()
    total = re.search(r"[\d.]+ MiB", lines[0])
    assert total and lines[2].split("  ")[0] == total[0]
    assert lines[3].startswith("40.0 MiB") and "job.py:3" in lines[3]
    assert "job.py:2" not in "\n".join(lines) and lines[-1] == NOTE
    nodes = json.loads(ran.say("tree", "--at", moment, "--json"))["nodes"]
    untouched = {
        node["line"]: (node["total_bytes"], node["untouched_bytes"])
        for node in nodes
        if node["file"].endswith("job.py")
    }
    assert untouched[2][0] - untouched[2][1] < MIB // 8 and untouched[2][1] == pytest.approx(
        ASKED, abs=MIB // 8
    )
    assert untouched[3] == (pytest.approx(TOUCHED, abs=MIB // 8), 0)
    assert nodes[0]["untouched_bytes"] == untouched[2][1]


@pytest.mark.parametrize("by", ["own", "line", "function", "file", "package"])
@pytest.mark.parametrize("moment", ["peak", "end"])
def test_table(ran: Ran, by: str, moment: str) -> None:
    said = ran.say("table", "--by", by, "--at", moment)
    assert NOTE in said and not re.search(r"2\d\d\.\d MiB(?! more)", said)
    held = [
        row["own_bytes"] - row["untouched_bytes"]
        for row in json.loads(
            ran.say("table", "--by", by, "--at", moment, "--json", "-n", "99999")
        )["rows"]
    ]
    assert held == sorted(held, reverse=True)


def test_own_lines_come_first(ran: Ran, tmp_path: Path) -> None:
    """However much imports hold, and memory without a Python stack."""
    other = Ran(tmp_path, "import numpy, decimal, xml.dom\nown = bytearray(1 << 20)\n")
    rows = other.say("table").splitlines()[2:]
    assert "job.py:2" in rows[0] and float(rows[0].split()[0]) == 1.0, rows
    imports = next(at for at, row in enumerate(rows) if "  import" in row and "job.py" not in row)
    assert float(rows[imports].split()[0]) > 5 and not any(
        "job.py" in row for row in rows[imports:]
    ), rows
    assert "[No Python stack]" in rows[imports + 1], rows
    few = other.say("table", "-n", "3").splitlines()[2:]
    assert "job.py:2" in few[0] and "import" in few[1] and "[No Python stack]" in few[2]


def diff(old: Ran, new: Ran, *options: str) -> "subprocess.CompletedProcess[str]":
    return fil("diff", str(old.profile), str(new.profile), *options, cwd=new.folder)


@pytest.mark.parametrize("moment", ["peak", "end"])
def test_diff(ran: Ran, smaller: Ran, moment: str) -> None:
    """200 MiB more were asked for, 10 MiB more are in use."""
    said = diff(smaller, ran, "--at", moment).stdout
    assert re.search(r"^[\w ]+: [\d.]+ MiB → [\d.]+ MiB, \+(9\.9|10\.0|10\.1) MiB", said)
    first = said.partition("\n\n")[2].splitlines()[1]  # below the columns' names
    assert re.match(r"\+10\.0 MiB +\S+ % +30\.0 MiB  40\.0 MiB  job\.py:3 ", first), said
    assert not re.search(r"2\d\d\.\d MiB", said)
    found = json.loads(diff(smaller, ran, "--at", moment, "--json").stdout)
    assert found["change_bytes"] == pytest.approx(10 * MIB, abs=MIB // 8)
    sides = [found[side]["peak_bytes"] - found[side]["untouched_bytes"] for side in ("old", "new")]
    assert found["change_bytes"] == sides[1] - sides[0]


def test_the_page_of_a_difference_has_what_is_in_use(ran: Ran, smaller: Ran) -> None:
    new, old = Snapshot.load(ran.profile), Snapshot.load(smaller.profile)
    data = json.loads(new.diff(old).profile)
    assert data["peak_bytes"] == data["new"]["peak_bytes"] == new.in_use_bytes
    assert data["old"]["peak_bytes"] == old.in_use_bytes and data["untouched_bytes"] == 0
    sums = [sum(node[at] for node in data["nodes"]) for at in (3, 7)]
    assert sums == [
        pytest.approx(new.in_use_bytes, abs=1024),
        pytest.approx(old.in_use_bytes, abs=1024),
    ]
    for by in ("line", "own", "package"):
        rows = data["answers"][by]["rows"]
        assert [sum(row[at] for row in rows) for at in (2, 6)] == sums


def test_the_budget_of_a_difference_counts_what_is_in_use(ran: Ran, smaller: Ran) -> None:
    assert diff(smaller, ran, "--fail-above", "15MiB").returncode == 0
    done = diff(smaller, ran, "--fail-above", "5MiB")
    assert done.returncode == 3 and "most of all grew" in done.stderr and "job.py:3" in done.stderr
