# SPDX-License-Identifier: Apache-2.0
"""Profiles on a terminal, in a pipe and for programs."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.recorded import HOSTILE, MIB, profile
from support.terminals import LINE, Terminal, fil

from filprofiler import Snapshot, _filext
from filprofiler.calltree import call_tree
from filprofiler.places import short
from filprofiler.tables import in_reading_order, rows
from filprofiler.terminal import Cell, Column, branches, drawn, lines_of

UNTOUCHED = "40.0 MiB more was allocated but never used: it took no memory"


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "profile.json").write_bytes(profile())
    return "profile.json"


# ---- what is in them


def test_rows_by_line() -> None:
    found = rows(Snapshot(profile()), "line")
    first = found[1]
    assert (
        found[0].own_bytes == 30 * MIB
    )  # all of it in use; of the other 40 MiB were never touched
    assert (str(first.frame), first.own_bytes, first.through_bytes, first.allocations) == (
        "lib/data.py:10 (load)",
        68 * MIB,
        68 * MIB,
        3,
    )
    assert first.source == "rows = numpy.ones(n)"
    by_name = {row.name: row for row in found}
    assert by_name["lib/data.py:20 (join)"][2:5] == (30 * MIB, 38 * MIB, 1)
    assert by_name["job.py:3 (<module>)"][2:5] == (0, 100 * MIB, 0)
    assert by_name["[No Python stack]"][2:5] == (MIB, MIB, 5)
    assert sum(row.own_bytes for row in found) == 101 * MIB


@pytest.mark.parametrize("by", ["function", "file", "package"])
def test_rows_by_something_else(by: str) -> None:
    found = {row.name: (row.own_bytes, row.through_bytes) for row in rows(Snapshot(profile()), by)}
    assert sum(own for own, _ in found.values()) == 101 * MIB
    if by == "function":
        assert found["load"] == (68 * MIB + 3, 68 * MIB + 3) and found["join"] == (
            30 * MIB,
            38 * MIB,
        )
    elif by == "file":
        assert found["lib/data.py"] == (98 * MIB + 3, 98 * MIB + 3)
    else:
        assert found["own code"] == (100 * MIB, 100 * MIB)


def made(stacks: list[tuple[list[tuple[str, str, int]], int]]) -> Snapshot:
    """A snapshot of stacks of (file, function, line) and their bytes."""
    functions, nodes, known = [{"name": "", "file": "", "first_line": 0}], [[0, 0, 0, 0, 0]], {}
    for frames, held in stacks:
        at = 0
        for frame in frames:
            if (at, frame) not in known:
                functions.append({"name": frame[1], "file": frame[0], "first_line": 1})
                known[at, frame] = len(nodes)
                nodes.append([at, len(functions) - 1, frame[2], 0, 0])
            at = known[at, frame]
        nodes[at][3] += held
        nodes[at][4] += 1
    data = {
        "format": "filprofiler",
        "version": 1,
        "kind": "peak",
        "command": ["python"],
        "peak_bytes": sum(held for _, held in stacks),
    }
    return Snapshot(json.dumps(data | {"functions": functions, "nodes": nodes}).encode())


F, G, IMPORT = ("a.py", "f", 1), ("a.py", "g", 2), ("<frozen importlib._bootstrap>", "_load", 9)


def test_a_frozen_modules_import_has_its_name() -> None:
    snapshot = made([([F, IMPORT, ("<frozen runpy>", "<module>", 1)], 50)])
    assert [row.name for row in rows(snapshot, "own")] == ["import runpy"]


@pytest.mark.parametrize(
    ("stackless", "count", "first"),
    [
        (10, 2, ["a.py:1 (f)", "a.py:2 (g)"]),
        (90, 2, ["a.py:1 (f)", "[No Python stack]"]),
        (10, 3, ["a.py:1 (f)", "a.py:2 (g)", "[No Python stack]"]),
        (10, 1, ["a.py:1 (f)"]),
    ],
)
def test_little_without_a_stack_takes_no_place_from_a_line(
    stackless: int, count: int, first: list[str]
) -> None:
    found = rows(made([([F], 100), ([G], 50), ([], stackless)]), "own")
    shown = [row.name for row in in_reading_order(found, count)]
    assert shown[:count] == first and len(shown) == 3


def test_recursion_counts_once() -> None:
    found = {row.name: row for row in rows(made([([F, G, F, G], 100), ([F, F], 10)]), "line")}
    assert found["a.py:1 (f)"][2:4] == (10, 110) and found["a.py:2 (g)"][2:4] == (100, 100)


def test_what_the_import_system_holds_is_its_callers() -> None:
    snapshot = made([([F, IMPORT], 30), ([F, IMPORT, IMPORT, G], 70)])
    assert {row.name: row[2:4] for row in rows(snapshot, "line")} == {
        "a.py:1 (f)": (30, 100),
        "a.py:2 (g)": (70, 70),
    }
    assert [branch.frame.function for branch in branches(snapshot, 0, call_tree(snapshot))[0]] == [
        "",
        "f",
        "g",
    ]


def test_very_deep_stacks() -> None:
    snapshot = made([([("a.py", f"f{i}", i + 1) for i in range(5000)], 100), ([F] * 5000, 50)])
    assert len(rows(snapshot, "line")) == 5001
    lines = drawn(branches(snapshot, 1, call_tree(snapshot))[0])
    assert len(lines) < 40
    assert any(line.branch is None and line.times == 5000 - 24 for line in lines)
    assert any(line.branch and line.times == 5000 for line in lines)


def test_packages() -> None:
    files = {
        "/x/site-packages/six.py": "six",
        "/x/lib/python3.11/site-packages/pandas/core/frame.py": "pandas",
        "dist-packages/a/b.py": "a",
        "/usr/lib/python3.11/json/decoder.py": "standard library",
        "/usr/lib64/python3.13/re.py": "standard library",
        "<frozen zipimport>": "standard library", "/w/job.py": "own code", "<string>": "<string>",
        "[a thread]": "[a thread]",
        "/w/mysite-packages/x.py": "own code", "/w/python3/x.py": "own code",
    }  # fmt: skip
    snapshot = made([([(file, "f", 1)], 1) for file in files])
    assert {file: package for file, package, _ in snapshot.native.paths()} == files | {"": ""}


def test_places() -> None:
    assert short("/x/lib/python3.11/site-packages/pandas/core/frame.py") == "pandas/core/frame.py"
    assert (
        short("/usr/lib/python3.11/json/decoder.py") == "json/decoder.py"
        and short("job.py") == "job.py"
    )
    assert (
        short("/w/job/a.py", "/w/job") == "a.py"
        and short("/w/jobs/a.py", "/w/job") == "/w/jobs/a.py"
    )
    home = os.path.expanduser("~")
    assert short(f"{home}/other/a.py", "/w") == "~/other/a.py" or home == "/"


@pytest.mark.parametrize(
    ("text", "begins", "cut"),
    [
        ("abcdef", False, "abc…"),
        ("abcdef", True, "…def"),
        ("日本語", False, "日…"),  # two columns each: three are left
        ("日本語", True, "…語"),
        ("e\u0301tude", False, "e\u0301tu…"),  # an accent takes no column
        ("abc", False, "abc"),
        ("a\tb", False, "a\\tb"),
        ("a\u202eb", False, "a\\u…"),  # what turns the direction is written out
        ("\ud55c\uae00", False, "\ud55c\uae00"),
        ("❤\ufe0f❤\ufe0f", False, "❤\ufe0f❤\ufe0f"),
    ],
)
def test_what_fits_into_four_columns(text: str, begins: bool, cut: str) -> None:
    column = [Column("", begins=begins)]
    assert lines_of(column, [[Cell(text)]], ("text", 4, False, ""), [(0, 4)]) == cut + "\n"


# ---- in a pipe


def test_table_in_a_pipe(file: str) -> None:
    done = fil("table", file)
    lines = done.stdout.splitlines()
    assert (
        done.returncode == 0
        and done.stderr == ""
        and "\x1b" not in done.stdout
        and not any(line.endswith(" ") for line in lines)
    )
    assert lines[0] == "Peak memory: 61.0 MiB in use  job.py a b"
    assert lines[1].split() == ["Held", "Share", "Line", "Function", "Source", "In"]
    assert lines[3].split("  ")[:2] == ["28.0 MiB", "45.9 %"] and "rows = numpy.ones(n)" in lines[3]
    narrow = fil("table", file, env=os.environ | {"COLUMNS": "30"})
    assert narrow.stdout == done.stdout  # a pipe has no width


def test_nothing_in_names_reaches_the_terminal(file: str) -> None:
    for command in ("table", "tree"):
        out = fil(command, "--min-percent=0" if command == "tree" else "-n9", file).stdout
        assert "odd;\\n]]><b>&\\x01.py:1" in out and HOSTILE not in out


def test_own_lines_come_first(tmp_path: Path) -> None:
    """What a library allocates is the line's that called it; an import is one row, and the run's
    end has all imports in one."""
    read, call = ("job.py", "load", 3), ("/x/site-packages/pandas/io.py", "read_csv", 9)
    deep = ("/x/site-packages/numpy/core.py", "empty", 5)
    brought = [
        ("job.py", "<module>", 1),
        IMPORT,
        ("/x/site-packages/pandas/__init__.py", "<module>", 2),
    ]
    pool = ("/x/site-packages/pool.py", "worker", 8)
    snapshot = made(
        [
            ([read, call, deep], 60 * MIB),
            ([read, call], 10 * MIB),
            ([read], MIB),
            (brought, 20 * MIB),
            ([pool, deep], 9 * MIB),
        ]
    )
    found = [(row.name, row.own_bytes // MIB, row.below) for row in rows(snapshot)]
    assert found == [
        ("job.py:3 (load)", 71, "pandas"), ("import pandas", 20, ""), ("/x/site-packages/pool.py:8 "
                                                                       "(worker)", 9, "numpy"),
    ]  # fmt: skip
    assert [(str(line.frame), line.below) for line in snapshot.own_lines()] == [
        (name, below) for name, _, below in found[::2]
    ]
    assert snapshot.imports == [("pandas", 20 * MIB)]
    summary = snapshot.native.render("summary").decode().splitlines()
    assert [line.split()[4:] for line in summary[1:4]] == [
        ["job.py:3", "load", "in", "pandas"], ["pool.py:8", "worker", "in", "numpy"],
        ["imports", "pandas", "20.0", "MiB"],
    ]  # fmt: skip
    snapshot.save(tmp_path / "profile.json")
    wide = fil("table", str(tmp_path / "profile.json")).stdout.splitlines()
    assert wide[2].split() == ["71.0", "MiB", "71.0", "%", "job.py:3", "load", "pandas"]
    assert wide[3].split()[4] == "pool.py:8" and wide[4].split()[4:] == ["import", "pandas"]


def test_table_of_other_things(file: str) -> None:
    assert "own code" in fil("table", "--by", "package", file).stdout
    lines = fil("table", "--by", "function", "--sort", "total", "-n", "2", file).stdout.splitlines()
    assert lines[2].split()[-2:] == ["<module>", "job.py"] and lines[-2].startswith(
        "and 3 more, which hold "
    )
    assert lines[-1] == UNTOUCHED
    assert fil("table", "--by", "file", file).stdout.splitlines()[2].endswith("  lib/data.py")


def test_tree_in_a_pipe(file: str) -> None:
    done = fil("tree", file)
    assert done.returncode == 0 and "\x1b" not in done.stdout
    calls = [re.split(r"%  ", line)[1].split()[:3] for line in done.stdout.splitlines()[2:-2]]
    names = [re.split(" (lib|job|odd)", " ".join(call))[0] for call in calls]
    assert names == [
        "all", "<module>", "├─ join", "│ load", "├─ load", "└─ <lambda>",
    ]  # fmt: skip
    assert done.stdout.splitlines()[-2:] == [
        "left out: 1 of less than 1 % (--min-percent)",
        UNTOUCHED,
    ]
    assert "<lambda>" not in fil("tree", "--min-percent", "5%", file).stdout


def test_summary(file: str) -> None:
    said = fil("summary", file).stdout
    assert said.replace("  job.py a b", "", 1) == _filext.render(profile(), "summary").decode()


def test_machine_readable(file: str) -> None:
    table = json.loads(fil("table", "--json", file).stdout)
    assert table["rows"][1:2] == [
        {"name": "lib/data.py:10 (load)", "own_bytes": 68 * MIB, "own_share": round(68 / 101, 6),
         "through_bytes": 68 * MIB, "allocations": 3,
         "file": "lib/data.py", "line": 10, "function": "load", "source": "rows = numpy.ones(n)",
         "untouched_bytes": 40 * MIB, "through_untouched_bytes": 40 * MIB, "below": ""}
    ]  # fmt: skip
    assert (
        table["peak_bytes"] == 101 * MIB
        and sum(row["own_bytes"] for row in table["rows"]) == 101 * MIB
    )
    tree = json.loads(fil("tree", "--json", file).stdout)["nodes"]
    assert tree[0]["total_bytes"] == 101 * MIB and all(
        node["parent"] < index for index, node in enumerate(tree)
    )
    assert [tree[node["parent"]]["function"] for node in tree if node["function"] == "join"] == [
        "<module>"
    ]
    summary = json.loads(fil("summary", "--json", file).stdout)
    assert (
        summary["top_lines"][1]["own_bytes"] == 68 * MIB and summary["untouched_bytes"] == 40 * MIB
    )


def test_what_is_read(file: str, tmp_path: Path) -> None:
    """The newest of a folder of results, which is also what is read when nothing is named."""
    for name, size in (("2026-01-01T00-00-00_000", 1), ("2026-01-02T00-00-00_000", 5)):
        (tmp_path / "fil-result" / name).mkdir(parents=True)
        made([([F], size * MIB)]).save(tmp_path / "fil-result" / name / "peak-memory.json")
    for arguments in ([], ["fil-result"], ["fil-result/2026-01-02T00-00-00_000"]):
        assert fil("table", *arguments).stdout.startswith("Peak memory: 5.0 MiB")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("table", "table needs a result folder"),
        ("tree nowhere", "There is no 'nowhere'"),
        ("summary text", "text: not a recording of filprofiler"),
        ("summary a b", "what is 'b' for?"),
        ("table --by colour profile.json", "invalid choice: 'colour'"),
        ("table -n 0 profile.json", "'0' is no number of rows"),
        ("table -n many profile.json", "'many' is no number of rows"),
        ("table --colour profile.json", "unknown option --colour"),
        ("tree --min-percent lots profile.json", "'lots' is no percentage"),
        ("table locked.json", "Can't read 'locked.json'"),
        ("table broken.json", "not a profile"),
        ("live", "live needs a process"),
        ("live nowhere", "There is no 'nowhere'"),
        ("live 4194304999", "There is no process 4194304999"),
    ],
)
def test_wrong_usage(line: str, words: str, file: str) -> None:
    Path("text").write_text("hello")
    Path("broken.json").write_text(json.dumps(json.loads(profile()) | {"nodes": {}}))
    if "locked" in line:
        if os.geteuid() == 0:
            pytest.skip("nothing is locked for root")
        Path("locked.json").touch(0o000)
    done = fil(*line.split())
    assert (
        (done.returncode, done.stdout) == (2, "")
        and words in done.stderr
        and done.stderr.count("\n") == 1
    )


@pytest.mark.parametrize("command", ["table", "tree", "summary", "export -f folded", "--help"])
def test_a_reader_that_goes_away(command: str, file: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    arguments = [*command.split(), file] if command != "--help" else [command]
    done = subprocess.run([*LINE, *arguments], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert done.returncode == -signal.SIGPIPE and done.stderr == b""


def test_output_that_can_not_be_written(file: str) -> None:
    for arguments in (
        ["table", file],
        ["summary", file],
        ["export", "-f", "json", file],
        ["--help"],
        ["table", "--help"],
        ["run", "--help"],
        ["--version"],
    ):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [*LINE, *arguments], stdout=full, stderr=subprocess.PIPE, text=True
            )
        assert (
            done.returncode == 2
            and done.stderr == "=fil-profile= Can't write the output: No space left on device\n"
        )
    closed = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m filprofiler table {file} >&-"],
        capture_output=True,
        text=True,
    )
    assert (closed.returncode, closed.stderr) == (0, "")


# ---- on a terminal


@pytest.mark.parametrize("width", [40, 60, 80, 140])
@pytest.mark.parametrize(
    "command", ["table -n 9", "table --by function", "table --by package", "tree --min-percent 0"]
)
def test_widths(width: int, command: str, file: str) -> None:
    terminal = Terminal(*command.split(), file, width=width)
    lines = terminal.lines()
    assert terminal.close() == 0 and "\x1b[" in terminal.text
    assert all(len(line) <= width for line in lines), lines
    figure = "61.0 MiB  100.0 %" if command.startswith("tree") else "1.0 MiB"
    assert any(figure in line for line in lines)
    assert not any(re.search(r"\d…|MiB…", line) for line in lines[1:])  # figures are never cut
    if width >= 80 and command == "table -n 9":
        assert (
            "lib/data.py:10" in lines[3] and "rows = numpy" in lines[3] and "28.0 MiB" in lines[3]
        )


def test_no_colour(file: str) -> None:
    terminal = Terminal("table", file, NO_COLOR="1")
    terminal.lines()
    assert terminal.close() == 0 and "\x1b" not in terminal.text
    assert (
        "\x1b[" in fil("table", file, env=os.environ | {"FORCE_COLOR": "1", "TERM": "xterm"}).stdout
    )


@pytest.mark.parametrize(
    ("variables", "has_styles"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_the_end_of_a_run(variables: dict[str, Any], has_styles: bool, tmp_path: Path) -> None:
    """On a terminal our own lines are dim, the figure is bold, and the rows are those of a
    table."""
    (tmp_path / "job.py").write_text("x = bytearray(30_000_000)")
    terminal = Terminal("-o", "out", "--no-browser", "run", "job.py", **variables)
    lines = terminal.lines()
    assert (
        terminal.close() == 0
        and lines[2].startswith("=fil-profile= Peak memory: 28.")
        and lines[3] == "  28.6 MiB  100.0 %  job.py:1  <module>  x = bytearray(30_000_000)"
    )
    assert (
        "\x1b[2m=fil-profile= \x1b[0mPeak memory: \x1b[1m28.6 MiB\x1b[0m" in terminal.text
    ) == has_styles
    assert ("\x1b" in terminal.text) == has_styles
    assert [line[:14] == "=fil-profile= " for line in lines] == [True] * 3 + [False] * 5
    assert re.fullmatch(r"Wrote the report to out/[^/]+/index.html", lines[6])
    assert re.fullmatch(r"More: fil-profile table out/[^/]+", lines[7])
