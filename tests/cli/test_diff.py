# SPDX-License-Identifier: Apache-2.0
"""What changed between two profiles: lines that moved are the same lines, and a threshold has an
exit code."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from support.profiles import profile_in
from support.running import run_profiled
from support.terminals import fil
from support.trees import profile

from filprofiler import Snapshot
from filprofiler.diffs import pair_files, pair_lines

OLD = """
def load():
    rows = bytearray(30_000_000)
    return rows
def join(a):
    return a + a
x = load()
y = join(x)
"""
NEW = """
# Moved down, a line added, a line edited, a function added.
def load():
    more = bytearray(5_000_000)
    rows = bytearray(30_000_000)
    return rows, more
def join(a):
    return a + a + a[:1]
def spare():
    return bytearray(20_000_000)
x, m = load()
y = spare()
"""


def made(
    lines: dict[tuple[str, str, int], tuple[int, str]], peak: int | None = None, first_line: int = 1
) -> Snapshot:
    """A snapshot: file, function and line => bytes and source."""
    functions: list[dict[str, str | int]] = [{"name": "", "file": "", "first_line": 0}]
    nodes, sources = [[0, 0, 0, 0, 0]], defaultdict[str, dict[str, str]](dict)
    for (file, function, line), (held, source) in lines.items():
        functions.append({"name": function, "file": file, "first_line": first_line})
        nodes.append([0, len(functions) - 1, line, held, 1])
        sources[file][str(line)] = source
    total = sum(held for held, _ in lines.values()) if peak is None else peak
    data = {
        "format": "filprofiler",
        "version": 1,
        "kind": "peak",
        "command": ["python", "a.py"],
        "peak_bytes": total,
    }
    return Snapshot(
        json.dumps(data | {"functions": functions, "nodes": nodes, "sources": sources}).encode()
    )


def test_lines_are_the_same_by_text_then_by_number() -> None:
    assert pair_lines({3: "a", 4: "b", 5: "c"}, {4: "a", 5: "b", 6: "d"}) == {
        3: 4,
        4: 5,
    }  # 5 is b now, and c is gone
    assert pair_lines({3: "a"}, {3: "changed"}) == {3: 3}
    assert pair_lines({3: ""}, {3: ""}) == {3: 3}
    assert pair_lines({3: "x", 5: "x"}, {7: "x", 9: "x"}) == {3: 7, 5: 9}
    assert pair_lines({3: "x", 5: "x"}, {5: "x"}) == {5: 5}
    assert pair_lines({12: "rows = 1"}, {15: "other(thing)"}, moved=3) == {12: 15}
    assert pair_lines({12: "rows = 1"}, {12: "other(thing)"}, moved=3) == {}


def test_an_edited_line_is_still_the_same() -> None:
    assert pair_lines({7: "x = load()"}, {12: "x, m = load()", 13: "y = spare()"}) == {7: 12}
    assert pair_lines(
        {7: "x = load(1)", 8: "x = load(2)"}, {7: "x = load(3)", 8: "x = load(4)"}
    ) == {7: 7, 8: 8}  # in its place


def test_files_are_the_same_in_another_place() -> None:
    assert pair_files({"/a/x/job.py": {"1": "x"}}, {"/b/x/job.py": {}}) == {
        "/a/x/job.py": "/b/x/job.py"
    }
    assert (
        pair_files({"/a/pkg/__init__.py": {"1": "x"}}, {"/b/other/__init__.py": {"1": "y"}}) == {}
    )
    cells = (
        {"/tmp/ipykernel_1/11.py": {"1": "a", "2": "b"}},
        {"/tmp/ipykernel_2/77.py": {"1": "z"}, "/tmp/ipykernel_2/99.py": {"3": "b"}},
    )
    assert pair_files(*cells) == {"/tmp/ipykernel_1/11.py": "/tmp/ipykernel_2/99.py"}
    assert pair_files({"job.py": {}}, {"job.py": {}}) == {}  # it is in both


def test_a_real_change(tmp_path: Path) -> None:
    for name, text in (("old", OLD), ("new", NEW)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "job.py").write_text(text)
        assert run_profiled(["job.py"], tmp_path / name / "out", cwd=tmp_path / name).report
    [old], [new] = (
        list((tmp_path / name / "out").glob("*/peak-memory.json")) for name in ("old", "new")
    )
    difference = Snapshot.load(new).diff(Snapshot.load(old))
    changes = {(change.frame.function, change.frame.line): change for change in difference.lines}
    assert ("load", 5) not in changes  # it moved, that is all
    assert (
        changes["load", 4].new_bytes == pytest.approx(5_000_000, rel=0.01)
        and changes["load", 4].old_bytes == 0
    )
    gone = changes["join", 6]
    assert (
        gone.new_bytes == 0
        and gone.old_bytes == pytest.approx(60_000_000, rel=0.01)
        and gone.source == "return a + a"
    )
    assert difference.change_bytes == sum(change.change_bytes for change in difference.lines)
    data = json.loads(difference.profile)
    assert (
        sum(node[3] for node in data["nodes"])
        == data["new"]["peak_bytes"]
        == data["peak_bytes"]
        == data["nodes"][0][5]
    )
    assert (
        sum(node[7] for node in data["nodes"]) == data["old"]["peak_bytes"] == data["nodes"][0][8]
    )
    assert all(node[0] < index for index, node in enumerate(data["nodes"][1:], 1))


def test_the_profile_of_a_difference() -> None:
    old = made({("a.py", "f", 3): (100, "x = 1"), ("a.py", "g", 9): (50, "y")})
    new = made({("a.py", "f", 4): (130, "x = 1"), ("b.py", "h", 1): (7, "z")})
    data = json.loads(new.diff(old).profile)
    assert (
        data["kind"],
        data["peak_bytes"],
        data["old"]["peak_bytes"],
        data["new"]["peak_bytes"],
    ) == ("diff", 137, 150, 137)
    names = [function[0] for function in data["functions"]]
    nodes = {(names[node[1]], node[2]): node[3:] for node in data["nodes"]}
    assert nodes == {
        ("", 0): [0, 0, 137, 0, 0, 150], ("f", 4): [130, 1, 130, 0, 100, 100],
         ("h", 1): [7, 1, 7, 0, 0, 0], ("g", 9): [0, 0, 0, 0, 50, 50],
    }  # fmt: skip
    rows = {names[row[0]]: row[1:] for row in data["answers"]["line"]["rows"]}
    assert rows == {
        "g": [9, 0, 0, 0, 0, 50, 50],
        "f": [4, 130, 130, 1, 0, 100, 100],
        "h": [1, 7, 7, 1, 0, 0, 0],
    }
    assert data["sources"] == {"a.py": {"4": "x = 1", "9": "y"}, "b.py": {"1": "z"}}


def test_a_gone_line_whose_number_another_has() -> None:
    old = made({("a.py", "f", 3): (100, "gone"), ("a.py", "f", 4): (10, "kept")})
    new = made({("a.py", "f", 3): (10, "kept")})
    [change] = new.diff(old).lines
    assert (change.frame.line, change.source, change.old_bytes, change.new_bytes) == (
        3,
        "gone",
        100,
        0,
    )


def test_the_same_is_no_change() -> None:
    one = made({("a.py", "f", 3): (100, "x")})
    assert (
        one.diff(one).lines == []
        and one.diff(one).change_bytes == 0
        and one.diff(one).exceeds(0) is None
    )


@pytest.mark.parametrize(("peak", "most", "exceeds"), [(110, (None, 10.0), False), (111, (None,
10.0), True), (150, (50, None), False),
                                                       (151, (50, None), True),
                                                        (90, (0, None), False),
                                                         (101, (0, None), True)])  # fmt: skip
def test_thresholds(peak: int, most: tuple[Any, Any], exceeds: bool) -> None:
    old, new = made({("a.py", "f", 3): (100, "x")}), made({("a.py", "f", 3): (peak, "x")})
    sentence = new.diff(old).exceeds(*most)
    assert (sentence is not None) == exceeds
    if sentence:
        assert "the peak grew by" in sentence and "a.py:3 (f)" in sentence and "\n" not in sentence


def test_what_goes_into_a_page() -> None:
    """The page's figures are those of the whole; only what there is no room for is left out of its
    tree."""
    old = made({("a.py", "f", 3): (100_000, "x"), ("a.py", "g", 5): (1, "tiny")})
    new = made(
        {("a.py", "f", 3): (200_000, "x")}
        | {("a.py", f"h{number}", number): (1, "y" * 60) for number in range(1, 20_001)}
    )
    for embed in (False, True):
        page = new.diff(old).html(embed).decode()
        shown = profile_in(page)
        assert shown["nodes"][0][5] == 220_000 and shown["nodes"][0][8] == 100_001
        assert shown["answers"]["line"]["rows"][0][2] == 200_000
        assert ("cut" in shown) == embed and (len(page) < 300_000) == embed
        if embed:
            lines = shown["answers"]["line"]
            assert shown["nodes"][0][6] == 20_002 - len(shown["nodes"]) + 1
            assert lines["left_out"]["rows"] == 20_002 - len(lines["rows"])


def diff(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "filprofiler", "diff", *arguments], capture_output=True, text=True
    )


@pytest.fixture
def files(tmp_path: Path) -> Path:
    made({("a.py", "f", 3): (100 << 20, "x = 1"), ("a.py", "g", 9): (50 << 20, "y")}).save(
        "old.json"
    )
    made({("a.py", "f", 4): (180 << 20, "x = 1"), ("a.py", "g", 9): (20 << 20, "y")}).save(
        "new.json"
    )
    return tmp_path


def with_end(peak: int, end: int) -> bytes:
    """A profile of one line, which has that much at the peak and at the end, in MiB."""
    nodes = [[0, 0, 0, 0, 0], [0, 1, 3, peak << 20, 1]]
    return profile(nodes, [], {"nodes": [[1, end << 20]], "parts": []})


def test_what_is_left_of_both(tmp_path: Path) -> None:
    Path("a.json").write_bytes(with_end(8, 2))
    Path("b.json").write_bytes(with_end(9, 5))
    made({("a.py", "f", 3): (8 << 20, "x = 1")}).save("unknown.json")
    lines = diff("a.json", "b.json", "-o", "page.html").stdout.splitlines()
    assert "Still in use at the end: 2.0 MiB → 5.0 MiB, +3.0 MiB" in lines
    shown = profile_in(Path("page.html").read_text())
    assert (shown["old"]["end_bytes"], shown["new"]["end_bytes"]) == (2 << 20, 5 << 20)
    for arguments in (["a.json", "unknown.json"], ["unknown.json", "b.json"]):
        assert "at the end" not in diff(*arguments).stdout
    assert diff("--at", "end", "a.json", "b.json").stdout.count("at the end") == 1


def test_the_command(files: Path) -> None:
    done = diff("old.json", "new.json")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and done.stderr == "" and "\x1b" not in done.stdout
    assert lines[0] == "Peak memory: 150.0 MiB → 200.0 MiB, +50.0 MiB (+33.3 %)"
    assert "Lines grew by 80.0 MiB and shrank by 30.0 MiB." in lines
    assert lines[-2].split() == [
        "+80.0",
        "MiB",
        "+80.0",
        "%",
        "100.0",
        "MiB",
        "180.0",
        "MiB",
        "a.py:4",
        "f",
        "x",
        "=",
        "1",
    ]
    assert lines[-1].split() == [
        "−30.0",
        "MiB",
        "−60.0",
        "%",
        "50.0",
        "MiB",
        "20.0",
        "MiB",
        "a.py:9",
        "g",
        "y",
    ]


def test_machine_readable(files: Path) -> None:
    data = json.loads(diff("--json", "-n", "1", "old.json", "new.json").stdout)
    assert (
        data["change_bytes"] == 50 << 20
        and data["old"]["peak_bytes"] == 150 << 20
        and not data["exceeded"]
    )
    assert data["lines"] == [
        {"file": "a.py", "line": 4, "function": "f", "source": "x = 1", "change_bytes": 80 << 20,
         "old_bytes": 100 << 20,
         "new_bytes": 180 << 20, "below": ""}
    ]  # fmt: skip
    assert data["left_out"] == {"lines": 1, "change_bytes": -30 << 20}


@pytest.mark.parametrize(
    ("limit", "code"), [("10%", 3), ("33.4%", 0), ("49MiB", 3), ("50MiB", 0), ("0", 3)]
)
def test_fail_above(limit: str, code: int, files: Path) -> None:
    done = diff("old.json", "new.json", "--fail-above", limit)
    assert (
        done.returncode == code
        and done.stderr.count("\n") == (code != 0)
        and "Peak memory" in done.stdout
    )
    if code:
        assert (
            "=fil-profile= Failed: the peak grew by 50.0 MiB (+33.3 %)" in done.stderr
            and "a.py:4 (f): +80.0 MiB" in done.stderr
        )
    assert json.loads(diff("--json", "old.json", "new.json", "--fail-above", limit).stdout)[
        "exceeded"
    ] == bool(code)


def test_written_as_json(files: Path) -> None:
    done = diff("old.json", "new.json", "-o", "change.json")
    assert done.returncode == 0 and f"Wrote the difference to {files}/change.json" in done.stdout
    data = json.loads(Path("change.json").read_text())
    assert data["kind"] == "diff" and data["lines"]
    assert (
        fil("summary", "change.json").stderr.count("not a profile but the difference of two") == 1
    )


@pytest.mark.parametrize("options", [(), ("-n", "1"), ("--fail-above", "1B")])
def test_what_is_written_is_what_is_printed(options: tuple[str, ...], files: Path) -> None:
    printed = diff("old.json", "new.json", "--json", "-o", "change.json", *options)
    assert Path("change.json").read_text() == printed.stdout
    assert json.loads(printed.stdout)["exceeded"] == ("--fail-above" in options)


def test_written_as_a_page(files: Path) -> None:
    done = diff("old.json", "new.json", "-o", "change.html")
    text = Path("change.html").read_text()
    assert (
        (done.returncode, done.stderr) == (0, "")
        and '"kind": "diff"' in text
        and text.count("<script") == 2
    )


@pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "40"}])
def test_written_as_text(
    variables: dict[str, str], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a pipe would get, uncoloured and uncut."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    done = diff("old.json", "new.json", "-o", "change.txt")
    text = Path("change.txt").read_text()
    assert (
        (done.returncode, done.stderr) == (0, "")
        and "\x1b" not in text
        and "change.txt" not in text
    )
    assert (
        text.startswith("Peak memory: ")
        and "\N{HORIZONTAL ELLIPSIS}" not in text
        and text.endswith("\n")
    )
    if not variables:
        assert done.stdout.startswith(text)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "diff needs two results"),
        (["old.json"], "diff needs two results"),
        (["old.json", "nowhere"], "There is no 'nowhere'"),
        (
            ["old.json", "new.json", "--fail-above", "10"],
            "'10' has no unit: say 10%, 10MiB, or 10B for bytes",
        ),
        (
            ["old.json", "new.json", "-o", "change.pdf"],
            "a page (.html), text (.txt), Markdown (.md) or data (.json)",
        ),
        (["old.json", "new.json", "-o", "change"], "'change': the name says what is written"),
        (["old.json", "new.json", "--fail-above", "much"], "'much' is no growth"),
        (["old.json", "new.json", "--fail-above"], "expected one argument"),
        (["old.json", "new.json", "--colour"], "unknown option --colour"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, files: Path) -> None:
    done = diff(*arguments)
    assert (
        (done.returncode, done.stdout) == (2, "")
        and words in done.stderr
        and done.stderr.count("\n") == 1
    )


def test_functions_of_older_profiles_have_short_names() -> None:
    """Only the last part of what they are called today."""
    old = made({("a.py", "fit", 3): (5, "x = 1"), ("a.py", "make", 8): (7, "y = 2")})
    lines = {("a.py", "Pipeline.fit", 3): (6, "x = 1"), ("a.py", "A.make", 8): (7, "y = 2")}
    new = made(lines | {("a.py", "B.make", 18): (1, "z = 3")})
    changes = {
        (change.frame.function, change.old_bytes, change.new_bytes)
        for change in new.diff(old).lines
    }
    assert ("Pipeline.fit", 5, 6) in changes and (
        "make",
        7,
        0,
    ) in changes  # which of two is unknown
    lines.pop(("a.py", "A.make", 8))
    alone = made(lines | {("a.py", "B.make", 8): (9, "y = 2")})
    assert ("B.make", 7, 9) in {
        (change.frame.function, change.old_bytes, change.new_bytes)
        for change in alone.diff(old).lines
    }
