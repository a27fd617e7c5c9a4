# SPDX-License-Identifier: Apache-2.0
"""`%%filprofile --compare`, on the kernel "Python 3 with Fil"."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.notebooks import Notebook, Outputs, displays, kernel

import filprofiler

CELL = "def make(n):\n    return bytearray(n)\nblock = make({})"


@pytest.fixture
def fil(tmp_path: Path) -> Iterator[Notebook]:
    with kernel(tmp_path) as notebook:
        yield notebook


def report(outputs: Outputs) -> dict[str, str]:
    [data] = displays(outputs)
    return data


def test_the_previous_run_of_the_cell(fil: Notebook) -> None:
    status, outputs = fil.run("%%filprofile --compare\n" + CELL.format(20 << 20))
    assert (
        status == "ok"
        and "the cell's first run" in outputs[0][1]["text"]
        and report(outputs)["text/plain"].startswith("Peak memory: 20.")
    )
    fil.profile("something = list(range(100_000))")
    status, outputs = fil.run("%%filprofile --compare\n# edited\n" + CELL.format(50 << 20))
    shown = report(outputs)
    lines = shown["text/plain"].splitlines()
    assert status == "ok" and re.match(
        r"Peak memory: 20\.\d MiB \(In\[2\]\) → 50\.\d MiB \(In\[4\]\): \+30\.0 MiB, \+1\d\d\.\d "
        r"%$",
        lines[0],
    )
    assert re.match(r"  \+30\.0 MiB  \+150\.0 %  In\[4\]:4  return bytearray\(n\)$", lines[1])
    assert any(line.startswith("Process memory (RSS): ") for line in lines)
    page = html.unescape(shown["text/html"])
    assert (
        len(shown["text/html"]) < 300_000
        and '"kind": "diff"' in page
        and "<td" in page
        and "<iframe" in page
    )
    assert (
        fil.run("len(block), something[-1]")[1][0][1]["data"]["text/plain"] == "(52428800, 99999)"
    )


def test_a_named_run_a_number_and_a_file(fil: Notebook, tmp_path: Path) -> None:
    fil.run("%%filprofile --name 'the small one'\n" + CELL.format(10 << 20))
    names = {"'the small one'": "the small one", "In[2]": "In[2]"}
    for option, name in names.items():
        status, outputs = fil.run(
            f"%%filprofile --compare {option} --name big\n" + CELL.format(40 << 20)
        )
        first = report(outputs)["text/plain"].splitlines()[0]
        assert status == "ok" and re.match(
            rf"Peak memory: 10\.\d MiB \({re.escape(name)}\) → 40\.\d MiB \(big\): \+30\.0 MiB",
            first,
        ), first
    fil.run(
        "import filprofiler\nwith filprofiler.recording() as saved: kept = bytearray(5 << 20)\n"
        "saved.snapshot.save('old.json')"
    )
    assert filprofiler.Snapshot.load(tmp_path / "old.json").peak_bytes >= 5 << 20
    status, outputs = fil.run("%%filprofile --compare old.json\n" + CELL.format(40 << 20))
    assert status == "ok" and "(old.json)" in report(outputs)["text/plain"]


def test_what_cannot_be_compared(fil: Notebook, tmp_path: Path) -> None:
    """Is said before the cell runs."""
    fil.run("%%filprofile --name one\nx = 1")
    (tmp_path / "text.json").write_text("{}")
    for options, message in (
        ("--compare other", "there is no run 'other' to compare with: there are one, In[2]"),
        ("--compare 'other", "No closing quotation"),
        ("--name", "--name: expected one argument"),
    ):
        status, outputs = fil.run(f"%%filprofile {options}\nx = 2")
        assert status == "error" and message in outputs[0][1]["text"], outputs
        assert "Traceback" not in outputs[0][1]["text"] and len(outputs) == 1
    assert fil.run("x")[1][0][1]["data"]["text/plain"] == "1"
    status, outputs = fil.run("%%filprofile --compare text.json\nx = 3")
    assert (status, fil.run("x")[1][0][1]["data"]["text/plain"]) == ("error", "1"), outputs


def test_a_failing_cell_shows_its_own_report_and_is_no_base(fil: Notebook) -> None:
    cell = "%%filprofile --compare\nkept = bytearray({} << 20)\n{}"
    fil.run(cell.format(10, ""))
    status, outputs = fil.run(cell.format(30, "1/0"))
    assert status == "error" and report(outputs)["text/plain"].startswith("Peak memory: 3")
    _, outputs = fil.run(cell.format(11, ""))
    assert "(In[2])" in report(outputs)["text/plain"]


def test_help(fil: Notebook) -> None:
    _, outputs = fil.run("%%filprofile --help")
    assert "--compare before" in outputs[0][1]["text"]
    assert fil.client.inspect("%%filprofile") and "--name NAME" in str(
        fil.client.get_shell_msg(timeout=60)["content"]
    )
